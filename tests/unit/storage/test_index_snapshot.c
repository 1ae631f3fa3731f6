/*
 * A partition's index goes from one node to another while records are written:
 * page by page, then the log, with crashes of the receiver at any point. What
 * comes out is what the sender holds, byte for byte.
 */
#include "storage/index_snapshot.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "base/crc32c.h"
#include "base/prng.h"
#include "storage/index_layout.h"
#include "storage/user_record.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_model.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS = 120,
    RECORDS_MAX = 2000,
    SMALL_PAGE_BYTES = 72,
    RECORD_BYTES = 4096,
    EFFECTS_MAX = 5,
    USERS = 2,
    PAGE_BYTES = 1 << 20,
};

static const char *const names[USERS] = {"anna", "ann"};

/* The log, as both sides have it. */
struct log_line {
    size_t size;
    uint8_t bytes[RECORD_BYTES];
};

struct world {
    struct prng prng;
    struct index_story *sender;
    struct index_story *receiver;
    struct index_model users[USERS];
    struct log_line *log; /* By index. */
    struct buffer before; /* The receiver's index as it was at first. */
    uint8_t page[PAGE_BYTES];
    uint8_t other[PAGE_BYTES];
};

/* --- Records --- */

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

static struct log_position place_of(uint64_t index)
{
    return (struct log_position){.epoch = 1, .index = index};
}

/* A line of the log goes to an index. */
static void apply(struct world *world, struct index_story *story,
                  uint64_t index)
{
    const struct log_line *line = &world->log[index];
    struct user_record record;

    arena_clear(&story->arena);
    CU_ASSERT_EQUAL_FATAL(
        user_record_decode(bytes_make(line->bytes, line->size), &story->arena,
                           &record),
        DALV_OK);
    index_apply(story->index, STORY_PARTITION, place_of(index), &record);
}

static void commit(struct index_story *story)
{
    CU_ASSERT_EQUAL_FATAL(index_commit(story->index), DALV_OK);
}

static void write_record(struct world *world)
{
    size_t who = prng_below(&world->prng, USERS);
    struct index_model *user = &world->users[who];
    uint64_t index =
        index_applied(world->sender->index, STORY_PARTITION).index + 1;
    struct effect effects[EFFECTS_MAX + 1];
    uint64_t revision_before = user->revision;
    size_t count = make_effects(world, user, effects);
    struct writer writer;
    struct user_record record;

    ASSERT(index < RECORDS_MAX);
    effects[count++] = story_user(user->revision, user->log_index);
    user->log_index = index;
    record = (struct user_record){
        .user = bytes_from_text(names[who]),
        .history_id = STORY_HISTORY,
        .revision = user->revision > revision_before ? user->revision : 0,
        .time_us = 1000 * index,
        .author = {.writer = 1},
        .effects = effects,
        .effect_count = count,
    };
    writer_init(&writer, world->log[index].bytes, RECORD_BYTES);
    CU_ASSERT_EQUAL_FATAL(user_record_encode(&record, &writer), DALV_OK);
    world->log[index].size = writer.size;
    apply(world, world->sender, index);
    commit(world->sender);
}

static void write_records(struct world *world, uint64_t count_max)
{
    for (uint64_t i = prng_below(&world->prng, count_max + 1); i > 0; i--)
        write_record(world);
}

/* --- What an index holds --- */

static struct bytes dump(struct index_story *story, uint8_t *memory)
{
    struct index_snapshot_page page = {0};

    writer_init(&page.writer, memory, PAGE_BYTES);
    CU_ASSERT_EQUAL_FATAL(index_snapshot_read(story->index, STORY_PARTITION,
                                              (struct bytes){0}, &page),
                          DALV_OK);
    CU_ASSERT(page.is_whole);
    return writer_bytes(&page.writer);
}

static void check_unchanged(struct world *world)
{
    CU_ASSERT(bytes_equal(dump(world->receiver, world->other),
                          buffer_bytes(&world->before)));
}

/* Everything in the receiver's map that is of the partition, by generation. */
/* Not what is noted of how far it is: it is no data. */
static bool is_data(struct bytes key)
{
    return key.data[sizeof(uint16_t) + sizeof(uint32_t)] != INDEX_TABLE_APPLIED;
}

static size_t count_entries(const struct index_story *story)
{
    static const uint8_t prefix[] = {0, STORY_PARTITION};
    struct kv_cursor *cursor = NULL;
    size_t count = 0;

    CU_ASSERT_EQUAL_FATAL(kv_cursor_open(story->kv, &cursor), DALV_OK);
    kv_cursor_seek(cursor, bytes_make(prefix, sizeof(prefix)));
    while (kv_cursor_is_valid(cursor) &&
           bytes_has_prefix(kv_cursor_key(cursor),
                            bytes_make(prefix, sizeof(prefix)))) {
        if (is_data(kv_cursor_key(cursor)))
            count++;
        kv_cursor_next(cursor);
    }
    CU_ASSERT_EQUAL(kv_cursor_close(&cursor), DALV_OK);
    return count;
}

/* --- The receiver --- */

/* It comes back with what some prefix of its writes left. */
static void crash(struct world *world)
{
    struct index_story *story = world->receiver;
    size_t count = memory_store_unflushed_count(story->store);

    story_crash(story, prng_below(&world->prng, count + 1));
}

static struct index_snapshot_state state_of(const struct world *world)
{
    return index_snapshot_state(world->receiver->index, STORY_PARTITION);
}

static void receive_page_of(struct world *world, size_t size)
{
    struct index_snapshot_page page = {0};
    enum dalv_status status;

    if (!state_of(world).is_receiving)
        CU_ASSERT_EQUAL(
            index_snapshot_begin(world->receiver->index, STORY_PARTITION),
            DALV_OK);
    writer_init(&page.writer, world->page, size);
    status = index_snapshot_read(world->sender->index, STORY_PARTITION,
                                 state_of(world).resume, &page);
    CU_ASSERT_EQUAL_FATAL(status, DALV_OK);
    CU_ASSERT_EQUAL(index_snapshot_store(world->receiver->index,
                                         STORY_PARTITION,
                                         writer_bytes(&page.writer)),
                    DALV_OK);
    CU_ASSERT_EQUAL(state_of(world).is_complete, page.is_whole);
}

static void receive_page(struct world *world)
{
    receive_page_of(world, 300 + prng_below(&world->prng, 900));
}

static void replay(struct world *world)
{
    struct index *index = world->receiver->index;
    uint64_t end = index_applied(world->sender->index, STORY_PARTITION).index;
    uint64_t next = index_reached(index, STORY_PARTITION).index + 1;
    uint64_t count = 1 + prng_below(&world->prng, 20);

    while (next <= end && count-- > 0)
        apply(world, world->receiver, next++);
    commit(world->receiver);
}

/* One step towards the sender's state; true once it is adopted. */
static bool receive(struct world *world)
{
    struct index *index = world->receiver->index;
    struct index_snapshot_state state = state_of(world);

    check_unchanged(world);
    if (!state.is_complete) {
        CU_ASSERT_EQUAL(index_snapshot_adopt(index, STORY_PARTITION),
                        DALV_PRECONDITION);
        receive_page(world);
        return false;
    }
    if (state.position.index < state.index_max) {
        CU_ASSERT_EQUAL(index_snapshot_adopt(index, STORY_PARTITION),
                        DALV_PRECONDITION);
        replay(world);
        return false;
    }
    CU_ASSERT_EQUAL(index_snapshot_adopt(index, STORY_PARTITION), DALV_OK);
    return true;
}

static void purge(struct world *world)
{
    bool is_done = false;

    while (!is_done) {
        CU_ASSERT_EQUAL_FATAL(index_purge(world->receiver->index,
                                          1 + prng_below(&world->prng, 40),
                                          &is_done),
                              DALV_OK);
    }
}

static void catch_up(struct world *world)
{
    uint64_t end = index_applied(world->sender->index, STORY_PARTITION).index;

    while (index_applied(world->receiver->index, STORY_PARTITION).index < end)
        replay(world);
}

static void compare(struct world *world)
{
    struct bytes sent = dump(world->sender, world->page);
    struct bytes received = dump(world->receiver, world->other);

    CU_ASSERT_EQUAL(sent.size, received.size);
    CU_ASSERT(bytes_equal(sent, received));
    CU_ASSERT_EQUAL(count_entries(world->sender),
                    count_entries(world->receiver));
}

/* --- Worlds --- */

static struct world *world_begin(uint64_t seed)
{
    struct world *world = calloc(1, sizeof(*world));

    CU_ASSERT_PTR_NOT_NULL_FATAL(world);
    prng_init(&world->prng, seed);
    world->sender = story_begin();
    world->receiver = story_begin();
    world->log = calloc(RECORDS_MAX, sizeof(*world->log));
    CU_ASSERT_PTR_NOT_NULL_FATAL(world->log);
    buffer_init(&world->before);
    return world;
}

static void world_end(struct world **world_p)
{
    struct world *world = *world_p;

    story_end(&world->sender);
    story_end(&world->receiver);
    buffer_deinit(&world->before);
    free(world->log);
    free(world);
    *world_p = NULL;
}

/* The receiver was away for a while. */
static void fall_behind(struct world *world)
{
    write_records(world, 20);
    catch_up(world);
    CU_ASSERT_EQUAL(index_checkpoint(world->receiver->index), DALV_OK);
    buffer_put(&world->before, dump(world->receiver, world->other));
    for (int i = 0; i < 40; i++)
        write_record(world);
}

/* The old index, what is received, or the new one. */
static bool is_adopted(struct world *world)
{
    return !state_of(world).is_receiving &&
           index_applied(world->receiver->index, STORY_PARTITION).index >= 40;
}

static void run(uint64_t seed)
{
    struct world *world = world_begin(seed);
    unsigned crash_count = (unsigned)prng_below(&world->prng, 12);

    fall_behind(world);
    while (!is_adopted(world)) {
        if (prng_chance(&world->prng, 1, 2))
            write_records(world, 6);
        (void)receive(world);
        if (crash_count > 0 && prng_chance(&world->prng, 1, 6)) {
            crash(world);
            crash_count--;
        }
    }
    catch_up(world);
    purge(world);
    compare(world);
    world_end(&world);
}

static void equals_the_sender_whatever_was_written_and_lost(void)
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

/* --- Stories --- */

static struct bytes read_first_page(struct world *world)
{
    struct index_snapshot_page page = {0};

    writer_init(&page.writer, world->page, 600);
    CU_ASSERT_EQUAL_FATAL(index_snapshot_read(world->sender->index,
                                              STORY_PARTITION,
                                              (struct bytes){0}, &page),
                          DALV_OK);
    CU_ASSERT_FALSE(page.is_whole);
    return writer_bytes(&page.writer);
}

static enum dalv_status store(struct world *world, struct bytes page)
{
    return index_snapshot_store(world->receiver->index, STORY_PARTITION, page);
}

/* As a node of another version sends it: a page that says so, and is whole. */
static void give_format(struct world *world, size_t size, uint8_t format)
{
    struct writer writer;
    uint8_t *page = world->page;

    page[4] = (uint8_t)(format << 1 | (page[4] & 1));
    writer_init(&writer, page, 4);
    writer_u32(&writer, crc32c(bytes_make(page + 4, size - 4)));
}

static void takes_no_page_of_another_format(void)
{
    static const uint8_t formats[] = {0, 1, 3, 127};
    struct world *world = world_begin(1);
    struct bytes page;

    fall_behind(world);
    page = read_first_page(world);
    CU_ASSERT_EQUAL(
        index_snapshot_begin(world->receiver->index, STORY_PARTITION), DALV_OK);
    for (size_t i = 0; i < sizeof(formats); i++) {
        give_format(world, page.size, formats[i]);
        CU_ASSERT_EQUAL(store(world, page), DALV_UNSUPPORTED);
    }
    check_unchanged(world);
    give_format(world, page.size, 2);
    CU_ASSERT_EQUAL(store(world, page), DALV_OK);
    world_end(&world);
}

static void takes_no_page_that_was_changed_on_the_way(void)
{
    struct world *world = world_begin(1);
    struct bytes page;

    fall_behind(world);
    page = read_first_page(world);
    CU_ASSERT_EQUAL(store(world, page), DALV_PRECONDITION);
    CU_ASSERT_EQUAL(
        index_snapshot_begin(world->receiver->index, STORY_PARTITION), DALV_OK);
    for (size_t i = 0; i < page.size; i++) {
        world->page[i] ^= 0x10;
        CU_ASSERT_EQUAL(store(world, page), DALV_DAMAGED);
        world->page[i] ^= 0x10;
        CU_ASSERT_EQUAL(store(world, bytes_make(page.data, i)), DALV_DAMAGED);
    }
    CU_ASSERT_EQUAL(store(world, page), DALV_OK);
    CU_ASSERT_EQUAL(store(world, page), DALV_CONFLICT);
    check_unchanged(world);
    world_end(&world);
}

static void gives_up_what_was_received_when_it_begins_again(void)
{
    struct world *world = world_begin(2);
    size_t count;

    fall_behind(world);
    count = count_entries(world->receiver);
    receive_page(world);
    CU_ASSERT(count_entries(world->receiver) > count);
    CU_ASSERT_EQUAL(
        index_snapshot_begin(world->receiver->index, STORY_PARTITION), DALV_OK);
    CU_ASSERT_EQUAL(state_of(world).resume.size, 0);
    purge(world);
    CU_ASSERT_EQUAL(count_entries(world->receiver), count);
    check_unchanged(world);
    world_end(&world);
}

/* Pages of one or two entries: what changed since comes with the later ones. */
static void is_applied_to_where_its_first_page_was_read(void)
{
    struct world *world = world_begin(3);
    struct index_story *story = world->receiver;
    struct log_position first;

    fall_behind(world);
    receive_page_of(world, SMALL_PAGE_BYTES);
    first = state_of(world).position;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 4; k++)
            write_record(world);
        receive_page_of(world, SMALL_PAGE_BYTES);
    }
    CU_ASSERT(state_of(world).index_max > first.index);
    story_crash(story, memory_store_unflushed_count(story->store));
    CU_ASSERT(state_of(world).is_receiving);
    CU_ASSERT(log_position_equal(state_of(world).position, first));
    world_end(&world);
}

static void is_empty_once_it_was_dropped(void)
{
    struct world *world = world_begin(3);

    fall_behind(world);
    CU_ASSERT_EQUAL(index_drop(world->receiver->index, STORY_PARTITION),
                    DALV_OK);
    CU_ASSERT_EQUAL(
        index_applied(world->receiver->index, STORY_PARTITION).index, 0);
    purge(world);
    CU_ASSERT_EQUAL(count_entries(world->receiver), 0);
    story_crash(world->receiver, 0);
    CU_ASSERT_EQUAL(
        index_applied(world->receiver->index, STORY_PARTITION).index, 0);
    purge(world);
    CU_ASSERT_EQUAL(count_entries(world->receiver), 0);
    catch_up(world);
    compare(world);
    world_end(&world);
}

/* The log has given up what it held before, so there is no other state. */
static void is_adopted_even_if_only_tables_are_left(void)
{
    struct world *world = world_begin(5);
    uint64_t reached;

    fall_behind(world);
    while (!receive(world)) {
    }
    reached = index_applied(world->receiver->index, STORY_PARTITION).index;
    story_crash(world->receiver, 0);
    CU_ASSERT_FALSE(state_of(world).is_receiving);
    CU_ASSERT_EQUAL(
        index_applied(world->receiver->index, STORY_PARTITION).index, reached);
    purge(world);
    catch_up(world);
    compare(world);
    world_end(&world);
}

static void says_when_not_even_one_entry_fits_a_page(void)
{
    struct world *world = world_begin(4);
    struct index_snapshot_page page = {0};

    fall_behind(world);
    writer_init(&page.writer, world->page, 40);
    CU_ASSERT_EQUAL(index_snapshot_read(world->sender->index, STORY_PARTITION,
                                        (struct bytes){0}, &page),
                    DALV_TOO_BIG);
    world_end(&world);
}

static void tells_of_a_failing_disk_at_every_step(void)
{
    bool is_finished = false;

    for (uint64_t nth = 1; !is_finished; nth++) {
        struct world *world = world_begin(5);
        bool is_adopted;
        struct index *index;
        enum dalv_status status;

        fall_behind(world);
        index = world->receiver->index;
        memory_store_fail(world->receiver->store, nth, DALV_IO);
        status = index_snapshot_begin(index, STORY_PARTITION);
        if (status == DALV_OK)
            status = index_snapshot_store(index, STORY_PARTITION,
                                          dump(world->sender, world->page));
        if (status == DALV_OK)
            status = index_snapshot_adopt(index, STORY_PARTITION);
        is_adopted = status == DALV_OK;
        if (status == DALV_OK)
            status = index_purge(index, 1000, &is_finished);
        is_finished = status == DALV_OK;
        CU_ASSERT(is_finished || status == DALV_IO);
        memory_store_fail(world->receiver->store, 0, DALV_OK);
        story_crash(world->receiver, 0);
        if (!is_adopted)
            check_unchanged(world);
        else
            CU_ASSERT(bytes_equal(dump(world->receiver, world->other),
                                  dump(world->sender, world->page)));
        world_end(&world);
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(equals_the_sender_whatever_was_written_and_lost),
    SUITE_TEST(takes_no_page_that_was_changed_on_the_way),
    SUITE_TEST(takes_no_page_of_another_format),
    SUITE_TEST(gives_up_what_was_received_when_it_begins_again),
    SUITE_TEST(is_applied_to_where_its_first_page_was_read),
    SUITE_TEST(is_empty_once_it_was_dropped),
    SUITE_TEST(is_adopted_even_if_only_tables_are_left),
    SUITE_TEST(says_when_not_even_one_entry_fits_a_page),
    SUITE_TEST(tells_of_a_failing_disk_at_every_step),
};

int main(void)
{
    return SUITE_RUN("storage/index_snapshot", tests);
}
