/*
 * A request id that is there is found, whatever the index remembers of which
 * are there: how many there are, what was read again, and after any end.
 */
#include "base/assert.h"
#include "storage/index.h"
#include "storage/index_internal.h"
#include "storage/index_snapshot.h"
#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    ARENA_BYTES = 8192,
    MANY = 3000,
    TOO_MANY = 17000, /* To be remembered of one partition. */
    PAGE_BYTES = 1 << 20,
};

/* Ids that differ in the middle, of users that take turns. */
static struct request_id id_of(uint32_t number)
{
    struct request_id id = {.bytes = {7}};

    memcpy(id.bytes + 5, &number, sizeof(number));
    return id;
}

static const char *user_of(uint32_t number)
{
    return number % 2 == 0 ? "anna" : "ann";
}

static void collect(struct index_story *story, uint32_t number)
{
    struct effect effects[] = {
        {.type = EFFECT_REQUEST,
         .request = {.id = id_of(number), .time_us = 10 + number}},
        story_user(number + 1, 0),
    };
    struct log_position position = {.epoch = 1, .index = ++story->log_index};
    struct user_record record = {
        .user = bytes_from_text(user_of(number)),
        .history_id = STORY_HISTORY,
        .revision = number + 1,
        .time_us = 1000,
        .effects = effects,
        .effect_count = 2,
    };

    index_apply(story->index, STORY_PARTITION, position, &record);
}

static void commit(struct index_story *story)
{
    CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
}

static void write_requests(struct index_story *story, uint32_t first,
                           uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        collect(story, i);
        if (i % 7 == 0)
            commit(story);
    }
    commit(story);
}

static void drop_request(struct index_story *story, uint32_t number)
{
    const struct effect effect = {
        .type = EFFECT_REQUEST_DROP,
        .request = {.id = id_of(number), .time_us = 10 + number},
    };

    story->user = user_of(number);
    story_apply(story, 0, &effect, 1);
}

static bool has_request(struct index_story *story, uint32_t number)
{
    static uint8_t memory[ARENA_BYTES];
    const struct user_view_bounds bounds = {.requests = 1};
    struct request_id id = id_of(number);
    struct user_view view;
    struct arena arena;
    enum dalv_status status;

    arena_init(&arena, memory, sizeof(memory));
    status = user_view_init(&view, &arena, bytes_from_text(user_of(number)),
                            &bounds);
    if (status == DALV_OK)
        status = user_view_want_request(&view, &id);
    if (status == DALV_OK)
        status = user_view_prepare(&view);
    if (status == DALV_OK)
        status = index_fetch(story->index, STORY_PARTITION, &view);
    CU_ASSERT_EQUAL_FATAL(status, DALV_OK);
    return view.requests[0].is_found;
}

static size_t count_found(struct index_story *story, uint32_t first,
                          uint32_t end)
{
    size_t count = 0;

    for (uint32_t i = first; i < end; i++)
        count += has_request(story, i);
    return count;
}

static void finds_all_that_were_made_and_no_other(void)
{
    struct index_story *story = story_begin();

    write_requests(story, 0, 1);
    CU_ASSERT_TRUE(has_request(story, 0));
    CU_ASSERT_FALSE(has_request(story, 1));
    for (uint32_t i = 1; i < MANY; i++) {
        CU_ASSERT_FALSE(has_request(story, i));
        write_requests(story, i, i + 1);
        CU_ASSERT_TRUE(has_request(story, i));
    }
    CU_ASSERT_EQUAL(count_found(story, 0, MANY), MANY);
    CU_ASSERT_EQUAL(count_found(story, MANY, 2 * MANY), 0);
    story_end(&story);
}

static void finds_them_when_opened_again(void)
{
    struct index_story *story = story_begin();

    write_requests(story, 0, MANY);
    story_crash(story, memory_store_unflushed_count(story->store));
    CU_ASSERT_EQUAL(count_found(story, 0, MANY), MANY);
    CU_ASSERT_EQUAL(count_found(story, MANY, 2 * MANY), 0);
    write_requests(story, MANY, MANY + 100);
    CU_ASSERT_EQUAL(count_found(story, 0, MANY + 100), MANY + 100);
    story_end(&story);
}

/* Asked between collecting and committing, it must not believe in "none". */
static void finds_what_was_collected_when_it_was_asked_first(void)
{
    struct index_story *story = story_begin();

    write_requests(story, 0, 2);
    story_crash(story, memory_store_unflushed_count(story->store));
    collect(story, 2);
    CU_ASSERT_TRUE(has_request(story, 1));
    CU_ASSERT_FALSE(has_request(story, 2));
    commit(story);
    CU_ASSERT_TRUE(has_request(story, 2));
    story_end(&story);
}

static void forgets_what_was_dropped(void)
{
    struct index_story *story = story_begin();

    write_requests(story, 0, 4);
    CU_ASSERT_TRUE(has_request(story, 2));
    drop_request(story, 2);
    CU_ASSERT_FALSE(has_request(story, 2));
    CU_ASSERT_TRUE(has_request(story, 3));
    story_end(&story);
}

static void finds_each_of_too_many_to_remember(void)
{
    struct index_story *story = story_begin();

    write_requests(story, 0, TOO_MANY);
    CU_ASSERT_FALSE(has_request(story, TOO_MANY));
    CU_ASSERT_EQUAL(count_found(story, 0, TOO_MANY), TOO_MANY);
    write_requests(story, TOO_MANY, TOO_MANY + 100);
    CU_ASSERT_EQUAL(count_found(story, TOO_MANY, TOO_MANY + 200), 100);
    story_end(&story);
}

/* The other partitions have taken nearly all of the memory there is for it. */
static void finds_each_where_there_is_no_room_to_remember(void)
{
    enum {
        LEFT = 1000, /* Room for a filter of 256 ids, not for one of 512. */
    };
    struct index_story *story = story_begin();

    story->index->request_bytes_max = LEFT;
    write_requests(story, 0, 20);
    CU_ASSERT_EQUAL(count_found(story, 0, 40), 20);
    CU_ASSERT_EQUAL(story->index->request_bytes, 512);
    write_requests(story, 20, MANY);
    CU_ASSERT_EQUAL(count_found(story, 0, 2 * MANY), MANY);
    CU_ASSERT_EQUAL(story->index->request_bytes, 0);
    story_end(&story);
}

/* Another generation of the partition has other ids. */
static void knows_those_of_a_snapshot_once_it_is_adopted(void)
{
    static uint8_t memory[PAGE_BYTES];
    struct index_story *sender = story_begin();
    struct index_story *story = story_begin();
    struct index_snapshot_page page = {0};

    write_requests(sender, 0, 20);
    write_requests(story, 0, 1);
    CU_ASSERT_FALSE(has_request(story, 10));
    writer_init(&page.writer, memory, sizeof(memory));
    CU_ASSERT_EQUAL(index_snapshot_read(sender->index, STORY_PARTITION,
                                        (struct bytes){0}, &page),
                    DALV_OK);
    CU_ASSERT_EQUAL(index_snapshot_begin(story->index, STORY_PARTITION),
                    DALV_OK);
    CU_ASSERT_EQUAL(index_snapshot_store(story->index, STORY_PARTITION,
                                         writer_bytes(&page.writer)),
                    DALV_OK);
    CU_ASSERT_FALSE(has_request(story, 10));
    CU_ASSERT_EQUAL(index_snapshot_adopt(story->index, STORY_PARTITION),
                    DALV_OK);
    CU_ASSERT_EQUAL(count_found(story, 0, 40), 20);
    story_end(&sender);
    story_end(&story);
}

static const struct suite_test tests[] = {
    SUITE_TEST(finds_all_that_were_made_and_no_other),
    SUITE_TEST(finds_them_when_opened_again),
    SUITE_TEST(finds_what_was_collected_when_it_was_asked_first),
    SUITE_TEST(forgets_what_was_dropped),
    SUITE_TEST(finds_each_of_too_many_to_remember),
    SUITE_TEST(finds_each_where_there_is_no_room_to_remember),
    SUITE_TEST(knows_those_of_a_snapshot_once_it_is_adopted),
};

int main(void)
{
    return SUITE_RUN("storage/index_requests", tests);
}
