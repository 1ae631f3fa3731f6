/*
 * Random effects, applied to the index and to a model that shares no code with
 * it: whatever is asked for, in pieces of any size, after any crash, both must
 * say the same.
 */
#include "base/prng.h"
#include "storage/index.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_model.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS = 60,
    RECORDS = 150,
    EFFECTS_MAX = 5,
    USERS = 2,
    DUES_MAX = 32,
};

static const char *const names[USERS] = {"anna", "ann"};

struct world {
    struct prng prng;
    struct index_story *story;
    struct index_model users[USERS];
    /* After each record since the last checkpoint; the first is before all. */
    struct index_model history[RECORDS + 1][USERS];
    size_t history_count;
    char text_memory[STORY_TEXT_BYTES];
    char told_memory[STORY_TEXT_BYTES];
};

static void remember(struct world *world)
{
    memcpy(world->history[world->history_count++], world->users,
           sizeof(world->users));
}

static size_t make_effects(struct world *world, struct index_model *user,
                           struct effect *effects)
{
    size_t count = 0;

    if (prng_chance(&world->prng, 1, 10)) {
        while (count < EFFECTS_MAX && model_drop(user, &effects[count]))
            count++;
        return count;
    }
    user->revision++;
    for (size_t i = 0; i < EFFECTS_MAX; i++) {
        if (model_step(user, &world->prng, &effects[count]))
            count++;
    }
    return count;
}

/* Values are borrowed from the model, where a later step may change them. */
static void keep_values(struct effect *effects, size_t count,
                        char values[][MODEL_VALUE_MAX + 1])
{
    for (size_t i = 0; i < count; i++) {
        if (effects[i].value.size == 0)
            continue;
        memcpy(values[i], effects[i].value.data, effects[i].value.size);
        effects[i].value = bytes_make(values[i], effects[i].value.size);
    }
}

static void apply_record(struct world *world)
{
    size_t who = prng_below(&world->prng, USERS);
    struct index_model *user = &world->users[who];
    struct index_story *story = world->story;
    struct effect effects[EFFECTS_MAX + 1];
    char values[EFFECTS_MAX][MODEL_VALUE_MAX + 1];
    uint64_t revision_before = user->revision;
    size_t count = make_effects(world, user, effects);

    keep_values(effects, count, values);
    effects[count++] = story_user(user->revision, user->log_index);
    story->user = names[who];
    story_apply(story, user->revision > revision_before ? user->revision : 0,
                effects, count);
    user->log_index = story->log_index;
    remember(world);
}

static void expect(const char *what, const char *told, const char *expected)
{
    if (strcmp(told, expected) == 0)
        return;
    CU_FAIL("the index and the model differ");
    (void)printf("%s\n  told:     %s\n  expected: %s\n", what, told, expected);
}

/* All pages of the feed, one behind the other. */
static void check_feed(struct world *world, const struct index_model *user)
{
    uint64_t after = prng_below(&world->prng, user->revision + 2);
    struct index_feed_query query = {
        .scope = story_scope(world->story),
        .after = {.revision = after},
    };
    struct index_page page = {0};
    struct text told;
    struct text expected;

    text_init(&told, world->told_memory, sizeof(world->told_memory));
    text_init(&expected, world->text_memory, sizeof(world->text_memory));
    model_tell_feed(user, after, &expected);
    while (!page.is_whole) {
        enum dalv_status status;

        page.count = 0;
        writer_init(&page.writer, world->story->page,
                    70 + prng_below(&world->prng, 300));
        status = index_feed(world->story->index, &query, &page, &query.after);
        CU_ASSERT_EQUAL_FATAL(status, DALV_OK);
        if (told.size > 0 && page.count > 0)
            text_put_char(&told, ' ');
        text_put(&told, story_page(world->story, &page));
    }
    expect("feed", text_string(&told), text_string(&expected));
    CU_ASSERT_EQUAL(query.after.revision, user->revision);
}

static void check_range(struct world *world, const struct index_model *user)
{
    struct index_range_query query = {
        .scope = story_scope(world->story),
        .has_elements = true,
    };
    struct index_page page = {0};
    struct text told;
    struct text expected;

    text_init(&told, world->told_memory, sizeof(world->told_memory));
    text_init(&expected, world->text_memory, sizeof(world->text_memory));
    model_tell_range(user, &expected);
    while (!page.is_whole) {
        enum dalv_status status;

        page.count = 0;
        query.count_max = prng_below(&world->prng, 5);
        writer_init(&page.writer, world->story->page,
                    70 + prng_below(&world->prng, 300));
        status = index_range(world->story->index, &query, &page, &query.from);
        CU_ASSERT_EQUAL_FATAL(status, DALV_OK);
        if (told.size > 0 && page.count > 0)
            text_put_char(&told, ' ');
        text_put(&told, story_page(world->story, &page));
    }
    expect("range", text_string(&told), text_string(&expected));
}

static void check_due(struct world *world)
{
    static struct index_due items[DUES_MAX];
    struct index_dues dues = {.items = items, .capacity = DUES_MAX};
    uint64_t now_us = prng_below(&world->prng, 110);
    size_t expected = 0;

    for (size_t i = 0; i < USERS; i++) {
        if (world->users[i].revision > 0)
            expected += model_due_count(&world->users[i], now_us);
    }
    arena_clear(&world->story->arena);
    CU_ASSERT_EQUAL_FATAL(index_expired(world->story->index, STORY_PARTITION,
                                        now_us, &world->story->arena, &dues),
                          DALV_OK);
    CU_ASSERT_TRUE(dues.is_whole);
    CU_ASSERT_EQUAL(dues.count, expected);
}

/* Each user stands once, where it was written last. */
static void check_changes(struct world *world)
{
    struct index_change items[USERS + 1];
    struct index_changes changes = {.items = items, .capacity = USERS + 1};
    uint64_t after = prng_below(&world->prng, world->story->log_index + 1);
    size_t expected = 0;

    for (size_t i = 0; i < USERS; i++)
        expected += world->users[i].log_index > after ? 1 : 0;
    arena_clear(&world->story->arena);
    CU_ASSERT_EQUAL_FATAL(index_list_changes(world->story->index,
                                             STORY_PARTITION, after,
                                             &world->story->arena, &changes),
                          DALV_OK);
    CU_ASSERT_EQUAL(changes.count, expected);
    for (size_t i = 0; i < changes.count; i++) {
        size_t who = bytes_equal(items[i].user, bytes_from_text(names[1]));

        CU_ASSERT_EQUAL(items[i].state.log_index, world->users[who].log_index);
        CU_ASSERT(items[i].after_revision <= world->users[who].revision);
    }
}

static void check_all(struct world *world)
{
    for (size_t i = 0; i < USERS; i++) {
        if (world->users[i].log_index == 0)
            continue;
        world->story->user = names[i];
        check_feed(world, &world->users[i]);
        check_range(world, &world->users[i]);
    }
    check_due(world);
    check_changes(world);
}

/* Back to any state since the last checkpoint: the model goes with it. */
static void crash(struct world *world)
{
    size_t count = memory_store_unflushed_count(world->story->store);
    size_t kept = prng_below(&world->prng, count + 1);

    story_crash(world->story, kept);
    memcpy(world->users, world->history[kept], sizeof(world->users));
    world->history_count = kept + 1;
}

static void checkpoint(struct world *world)
{
    CU_ASSERT_EQUAL(index_checkpoint(world->story->index), DALV_OK);
    world->history_count = 0;
    remember(world);
}

static void run(uint64_t seed)
{
    struct world *world = calloc(1, sizeof(*world));

    CU_ASSERT_PTR_NOT_NULL_FATAL(world);
    prng_init(&world->prng, seed);
    world->story = story_begin();
    checkpoint(world);
    for (int i = 0; i < RECORDS; i++) {
        apply_record(world);
        if (prng_chance(&world->prng, 1, 10))
            check_all(world);
        if (prng_chance(&world->prng, 1, 40))
            crash(world);
        if (prng_chance(&world->prng, 1, 40))
            checkpoint(world);
    }
    check_all(world);
    story_end(&world->story);
    free(world);
}

static void agrees_with_the_model_on_any_sequence(void)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        unsigned failures = CU_get_number_of_failures();

        run(seed);
        if (CU_get_number_of_failures() == failures)
            continue;
        (void)printf("seed %llu\n", (unsigned long long)seed);
        return;
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(agrees_with_the_model_on_any_sequence),
};

int main(void)
{
    return SUITE_RUN("storage/index_property", tests);
}
