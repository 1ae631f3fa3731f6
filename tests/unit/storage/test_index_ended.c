#include "storage/index.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>

enum {
    ITEMS_MAX = 16,
};

static struct effect items[ITEMS_MAX];

/* "drop key @revision" and "drop key.local_id @revision", then the end. */
static const char *tombstones(struct index_story *story, uint64_t revision_max,
                              size_t capacity, struct feed_position *place_p)
{
    struct index_tombstones_query query = {
        .scope = story_scope(story),
        .after = *place_p,
        .revision_max = revision_max,
    };
    struct index_effects effects = {.items = items, .capacity = capacity};
    enum dalv_status status;

    arena_clear(&story->arena);
    text_init(&story->text, story->text_memory, sizeof(story->text_memory));
    status = index_list_tombstones(story->index, &query, &story->arena,
                                   &effects, place_p);
    if (status != DALV_OK)
        return status_name(status);
    for (size_t i = 0; i < effects.count; i++) {
        text_put_bytes(&story->text, items[i].key);
        if (items[i].type == EFFECT_ELEMENT_DROP) {
            text_put_char(&story->text, '.');
            text_put_u64(&story->text, items[i].dot.local_id);
        }
        text_put_char(&story->text, ' ');
    }
    text_put(&story->text, effects.is_whole ? "whole" : "cut");
    return text_string(&story->text);
}

static struct index_story *begin(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_put("a", "1", 0), story_put("b", "2", 0),
                story_add("l", 1, "x", 1), story_add("l", 2, "y", 1),
                story_user(1, 0));
    STORY_APPLY(story, 2, story_remove("a", 1), story_user(2, 1));
    STORY_APPLY(story, 3, story_take_out("l", 1, 1, 1), story_user(3, 2));
    STORY_APPLY(story, 4, story_remove("b", 1), story_user(4, 3));
    return story;
}

static void lists_tombstones_up_to_a_revision(void)
{
    struct index_story *story = begin();
    struct feed_position place = {0};

    CU_ASSERT_STRING_EQUAL(tombstones(story, 3, 8, &place), "a l.1 whole");
    CU_ASSERT_EQUAL(place.revision, 3);
    place = (struct feed_position){0};
    CU_ASSERT_STRING_EQUAL(tombstones(story, 9, 2, &place), "a l.1 cut");
    CU_ASSERT_STRING_EQUAL(tombstones(story, 9, 2, &place), "b whole");
    story_end(&story);
}

/* What it lists can stand in a record as it is. */
static void lists_what_removes_them(void)
{
    struct index_story *story = begin();
    struct feed_position place = {0};

    CU_ASSERT_STRING_EQUAL(tombstones(story, 9, 8, &place), "a l.1 b whole");
    story_apply(story, 0, items, 3);
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "l=[]@3 l.1.2.0=y@1 whole@4");
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=nothing");
    place = (struct feed_position){0};
    CU_ASSERT_STRING_EQUAL(tombstones(story, 9, 8, &place), "whole");
    story_end(&story);
}

static struct effect list_mark(enum effect_type type, const char *key,
                               uint64_t generation)
{
    return (struct effect){
        .type = type,
        .key = bytes_from_text(key),
        .trail = {.generation = generation},
    };
}

static size_t count_entries(struct index_story *story)
{
    struct kv_cursor *cursor = NULL;
    size_t count = 0;

    CU_ASSERT_EQUAL_FATAL(kv_cursor_open(story->kv, &cursor), DALV_OK);
    for (kv_cursor_seek(cursor, bytes_from_text(""));
         kv_cursor_is_valid(cursor); kv_cursor_next(cursor))
        count++;
    CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_OK);
    return count;
}

static void removes_what_is_left_of_a_list(void)
{
    struct index_story *story = story_begin();
    struct index_ended ended[2];
    struct index_endeds endeds = {.items = ended, .capacity = 2};
    struct index_effects effects = {.items = items, .capacity = 1};

    STORY_APPLY(story, 1, story_add("l", 1, "x", 1), story_add("l", 2, "y", 1),
                story_user(1, 0));
    STORY_APPLY(story, 2, story_put("l", "text", 1),
                list_mark(EFFECT_LIST_ENDED, "l", 1), story_user(2, 1));
    CU_ASSERT_EQUAL(index_list_ended_lists(story->index, STORY_PARTITION,
                                           &story->arena, &endeds),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(endeds.count, 1);
    CU_ASSERT_TRUE(endeds.is_whole);
    CU_ASSERT(bytes_equal(ended[0].key, bytes_from_text("l")));
    CU_ASSERT_EQUAL(ended[0].generation, 1);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(index_list_elements(story->index, &ended[0],
                                            &story->arena, &effects),
                        DALV_OK);
        CU_ASSERT_EQUAL(effects.count, 1);
        story_apply(story, 0, items, effects.count);
    }
    CU_ASSERT_EQUAL(
        index_list_elements(story->index, &ended[0], &story->arena, &effects),
        DALV_OK);
    CU_ASSERT_EQUAL(effects.count, 0);
    CU_ASSERT_TRUE(effects.is_whole);
    STORY_APPLY(story, 0, list_mark(EFFECT_LIST_PURGED, "l", 1));
    /* Format, applied position, user, its place in the partition's feed, the
       key and its place in the feed: nothing else. */
    CU_ASSERT_EQUAL(count_entries(story), 6);
    CU_ASSERT_STRING_EQUAL(story_range(story), "l=text@2 whole");
    story_end(&story);
}

static struct effect history_mark(enum effect_type type, uint64_t history_id,
                                  struct bytes value)
{
    struct effect effect = {
        .type = type, .value = value, .history_id = history_id};

    return effect;
}

/* One of everything that a user can have. */
static void fill_history(struct index_story *story)
{
    struct effect expiring = story_put("e", "v", 0);
    struct effect device = {.type = EFFECT_DEVICE,
                            .device_state = {.device = 1}};
    struct effect outcome = {
        .type = EFFECT_OUTCOME,
        .device = 1,
        .outcome = {.push_number = 1, .result = OUTCOME_REFUSED}};
    struct effect request = {.type = EFFECT_REQUEST,
                             .request = {.time_us = 77}};
    struct effect conflict = {
        .type = EFFECT_CONFLICT,
        .conflict = {.revision = 1, .key = bytes_from_text("k")}};

    expiring.has_expiry = true;
    expiring.expiry_us = 5;
    STORY_APPLY(story, 1, expiring, device, outcome, request, conflict,
                story_add("l", 1, "x", 1), list_mark(EFFECT_LIST_ENDED, "m", 1),
                story_user(1, 0));
}

static void removes_what_is_left_of_a_history(void)
{
    struct index_story *story = story_begin();
    struct index_scope scope = story_scope(story);
    struct index_ended ended[2];
    struct index_endeds endeds = {.items = ended, .capacity = 2};
    struct effect erased = story_user(0, 1);
    uint8_t memory[64];
    struct writer writer;
    int pieces = 0;

    fill_history(story);
    erased.user.history_id = 0;
    STORY_APPLY(
        story, 0, erased,
        history_mark(EFFECT_HISTORY_ENDED, STORY_HISTORY, (struct bytes){0}));
    CU_ASSERT_EQUAL(index_list_ended_histories(story->index, STORY_PARTITION,
                                               &story->arena, &endeds),
                    DALV_OK);
    CU_ASSERT_EQUAL_FATAL(endeds.count, 1);
    CU_ASSERT_EQUAL(ended[0].scope.history_id, STORY_HISTORY);
    CU_ASSERT(bytes_equal(ended[0].scope.user, bytes_from_text("anna")));
    do {
        writer_init(&writer, memory, sizeof(memory));
        CU_ASSERT_EQUAL_FATAL(index_history_rest(story->index, &scope, &writer),
                              DALV_OK);
        STORY_APPLY(story, 0,
                    history_mark(EFFECT_HISTORY_PURGED, STORY_HISTORY,
                                 writer_bytes(&writer)));
        pieces++;
    } while (writer.size > 0 && pieces < 100);
    CU_ASSERT(pieces > 3 && pieces < 100);
    /* Format, applied position, user, its place in the partition's feed, and
       the two of the stub. */
    CU_ASSERT_EQUAL(count_entries(story), 6);
    story_end(&story);
}

static struct index_erasures erasures_above(struct index_story *story,
                                            uint64_t gone_index)
{
    struct index_erasures erasures = {.gone_index = gone_index};

    CU_ASSERT_EQUAL(
        index_sum_erasures(story->index, STORY_PARTITION, &erasures), DALV_OK);
    return erasures;
}

/* Records 2 and 5 are the first and the last that name the erased user. */
static void knows_which_erasures_the_log_tells_of(void)
{
    struct index_story *story = story_begin();
    const struct bytes nothing = {0};

    STORY_APPLY(story, 1, story_put("k", "v", 0), story_user(1, 0));
    CU_ASSERT_EQUAL(erasures_above(story, 0).count, 0);
    STORY_APPLY(story, 0,
                history_mark(EFFECT_HISTORY_ENDED, STORY_HISTORY, nothing));
    CU_ASSERT_EQUAL(erasures_above(story, 0).count, 1);
    CU_ASSERT_EQUAL(erasures_above(story, 0).oldest_us, 2000);
    STORY_APPLY(story, 0, story_user(1, 1));
    STORY_APPLY(story, 0, story_user(1, 3));
    STORY_APPLY(story, 0,
                history_mark(EFFECT_HISTORY_PURGED, STORY_HISTORY, nothing));
    CU_ASSERT_EQUAL(erasures_above(story, 0).count, 2);
    CU_ASSERT_EQUAL(erasures_above(story, 1).oldest_us, 2000);
    CU_ASSERT_EQUAL(erasures_above(story, 2).count, 1);
    CU_ASSERT_EQUAL(erasures_above(story, 4).oldest_us, 5000);
    CU_ASSERT_EQUAL(erasures_above(story, 5).count, 0);
    story_end(&story);
}

static void says_when_not_even_one_entry_fits(void)
{
    struct index_story *story = story_begin();
    struct index_scope scope = story_scope(story);
    uint8_t memory[4];
    struct writer writer;

    fill_history(story);
    writer_init(&writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(index_history_rest(story->index, &scope, &writer),
                    DALV_TOO_BIG);
    CU_ASSERT_EQUAL(writer.size, 0);
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(lists_tombstones_up_to_a_revision),
    SUITE_TEST(lists_what_removes_them),
    SUITE_TEST(removes_what_is_left_of_a_list),
    SUITE_TEST(removes_what_is_left_of_a_history),
    SUITE_TEST(knows_which_erasures_the_log_tells_of),
    SUITE_TEST(says_when_not_even_one_entry_fits),
};

int main(void)
{
    return SUITE_RUN("storage/index_ended", tests);
}
