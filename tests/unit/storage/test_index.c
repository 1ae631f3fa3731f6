#include "storage/index.h"

#include "tests/support/suite.h"
#include "tests/unit/storage/index_story.h"

#include <CUnit/CUnit.h>

static void gives_back_what_was_put(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_put("a", "one", 0), story_user(1, 0));
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=one@1");
    CU_ASSERT_STRING_EQUAL(story_key(story, "b"), "b=nothing");
    STORY_APPLY(story, 2, story_put("a", "two", 1), story_user(2, 1));
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=two@2");
    STORY_APPLY(story, 3, story_remove("a", 2), story_user(3, 2));
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=-@3");
    story_end(&story);
}

/* Everything but the user's record is under a history. */
static void hides_all_when_the_history_is_another(void)
{
    struct index_story *story = story_begin();
    struct effect erased = story_user(1, 1);

    STORY_APPLY(story, 1, story_put("a", "one", 0), story_user(1, 0));
    erased.user.history_id = 8;
    story->history_id = 8;
    STORY_APPLY(story, 1, erased);
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=nothing");
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), " whole@1");
    CU_ASSERT_STRING_EQUAL(story_range(story), " whole");
    story->history_id = STORY_HISTORY;
    CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "DALV_NOT_FOUND");
    story_end(&story);
}

static void keeps_users_and_partitions_apart(void)
{
    struct index_story *story = story_begin();
    struct user_state state;

    STORY_APPLY(story, 1, story_put("a", "one", 0), story_user(1, 0));
    story->user = "ann";
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=nothing");
    CU_ASSERT_EQUAL(index_user(story->index, STORY_PARTITION,
                               bytes_from_text("ann"), &state),
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(index_user(story->index, STORY_PARTITION + 1,
                               bytes_from_text("anna"), &state),
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(index_user(story->index, STORY_PARTITION,
                               bytes_from_text("anna"), &state),
                    DALV_OK);
    CU_ASSERT_EQUAL(state.revision, 1);
    CU_ASSERT_EQUAL(state.log_index, 1);
    story_end(&story);
}

static void shows_nothing_before_the_commit(void)
{
    struct index_story *story = story_begin();
    struct effect effects[] = {story_put("a", "one", 0), story_user(1, 0)};
    struct user_record record = {
        .user = bytes_from_text("anna"),
        .history_id = STORY_HISTORY,
        .revision = 1,
        .effects = effects,
        .effect_count = 2,
    };
    struct log_position position = {.epoch = 4, .index = 1, .crc = 99};

    index_apply(story->index, STORY_PARTITION, position, &record);
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=nothing");
    CU_ASSERT_EQUAL(index_applied(story->index, STORY_PARTITION).index, 0);
    CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=one@1");
    CU_ASSERT(log_position_equal(index_applied(story->index, STORY_PARTITION),
                                 position));
    story_end(&story);
}

/* A record without user data moves the position alone. */
static void knows_where_each_partition_is_when_opened_again(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_put("a", "one", 0), story_user(1, 0));
    index_skip(story->index, STORY_PARTITION,
               (struct log_position){.epoch = 2, .index = 2, .crc = 5}, 0);
    index_skip(story->index, 0,
               (struct log_position){.epoch = 9, .index = 1, .crc = 6}, 0);
    CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
    story_crash(story, memory_store_unflushed_count(story->store));
    CU_ASSERT_EQUAL(index_applied(story->index, STORY_PARTITION).epoch, 2);
    CU_ASSERT_EQUAL(index_applied(story->index, STORY_PARTITION).index, 2);
    CU_ASSERT_EQUAL(index_applied(story->index, STORY_PARTITION).crc, 5);
    CU_ASSERT_EQUAL(index_applied(story->index, 0).epoch, 9);
    CU_ASSERT_EQUAL(index_applied(story->index, 1).index, 0);
    story_end(&story);
}

static void apply_at(struct index_story *story, struct log_position position,
                     uint64_t index_before)
{
    struct effect effects[] = {story_put("a", "one", index_before),
                               story_user(position.index, index_before)};
    struct user_record record = {
        .user = bytes_from_text("anna"),
        .history_id = STORY_HISTORY,
        .revision = position.index,
        .time_us = 1000 - position.index,
        .effects = effects,
        .effect_count = 2,
    };

    index_apply(story->index, STORY_PARTITION, position, &record);
}

/* Most of the places are told only by the user that the record changed. */
static void knows_after_any_number_of_records_where_it_is(void)
{
    struct index_story *story = story_begin();
    struct log_position place = {.epoch = 3, .index = 1};

    for (; place.index <= 150; place.index++) {
        place.crc = 7 * (uint32_t)place.index;
        apply_at(story, place, place.index - 1);
        CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
        story_crash(story, memory_store_unflushed_count(story->store));
        CU_ASSERT(log_position_equal(
            index_applied(story->index, STORY_PARTITION), place));
        CU_ASSERT_EQUAL(index_time_us(story->index, STORY_PARTITION), 999);
    }
    story_end(&story);
}

/* A user's record, then one without user data, then a user's again. */
static void knows_where_it_is_whichever_record_was_the_last(void)
{
    struct index_story *story = story_begin();
    struct log_position place = {.epoch = 3, .index = 1, .crc = 1};

    apply_at(story, place, 0);
    CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
    place = (struct log_position){.epoch = 4, .index = 2, .crc = 2};
    index_skip(story->index, STORY_PARTITION, place, 0);
    CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
    story_crash(story, memory_store_unflushed_count(story->store));
    CU_ASSERT(log_position_equal(index_applied(story->index, STORY_PARTITION),
                                 place));
    place = (struct log_position){.epoch = 4, .index = 3, .crc = 3};
    index_skip(story->index, STORY_PARTITION, place, 0);
    place = (struct log_position){.epoch = 4, .index = 4, .crc = 4};
    index_skip(story->index, STORY_PARTITION, place, 0);
    place = (struct log_position){.epoch = 4, .index = 5, .crc = 5};
    apply_at(story, place, 1);
    CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
    story_crash(story, memory_store_unflushed_count(story->store));
    CU_ASSERT(log_position_equal(index_applied(story->index, STORY_PARTITION),
                                 place));
    story_end(&story);
}

/* The clock was put back, and the process ended: time goes on all the same. */
static void knows_the_newest_time_when_opened_again(void)
{
    struct index_story *story = story_begin();

    CU_ASSERT_EQUAL(index_time_us(story->index, STORY_PARTITION), 0);
    index_skip(story->index, STORY_PARTITION,
               (struct log_position){.epoch = 1, .index = 1}, 5000);
    index_skip(story->index, STORY_PARTITION,
               (struct log_position){.epoch = 1, .index = 2}, 4000);
    CU_ASSERT_EQUAL(index_commit(story->index), DALV_OK);
    story_crash(story, memory_store_unflushed_count(story->store));
    CU_ASSERT_EQUAL(index_time_us(story->index, STORY_PARTITION), 5000);
    CU_ASSERT_EQUAL(index_time_us(story->index, 0), 0);
    story_end(&story);
}

static void keeps_a_checkpoint_through_a_crash(void)
{
    struct index_story *story = story_begin();

    STORY_APPLY(story, 1, story_put("a", "one", 0), story_user(1, 0));
    CU_ASSERT_EQUAL(index_checkpoint(story->index), DALV_OK);
    STORY_APPLY(story, 2, story_put("a", "two", 1), story_user(2, 1));
    STORY_APPLY(story, 3, story_put("a", "three", 2), story_user(3, 2));
    story_crash(story, 1);
    CU_ASSERT_STRING_EQUAL(story_key(story, "a"), "a=two@2");
    CU_ASSERT_EQUAL(index_applied(story->index, STORY_PARTITION).index, 2);
    story_end(&story);
}

static void refuses_a_map_that_is_not_an_index(void)
{
    struct memory_store *store = memory_store_create();
    struct kv *kv = memory_kv_open(store);
    struct kv_batch *batch = kv_batch_create();
    struct index *index = NULL;

    kv_batch_put(batch, bytes_from_text("a"), bytes_from_text("b"));
    CU_ASSERT_EQUAL(kv_write(kv, batch, false), DALV_OK);
    CU_ASSERT_EQUAL(index_open(kv, 8, &index), DALV_DAMAGED);
    CU_ASSERT_PTR_NULL(index);
    kv_batch_destroy(&batch);
    kv_close(&kv);
    memory_store_destroy(&store);
}

static enum dalv_status open_with_format(const char *format, size_t size)
{
    struct memory_store *store = memory_store_create();
    struct kv *kv = memory_kv_open(store);
    struct kv_batch *batch = kv_batch_create();
    struct index *index = NULL;
    enum dalv_status status;

    kv_batch_put(batch, bytes_make("\xFF\xFF\0\0\0\0\0", 7),
                 bytes_make(format, size));
    CU_ASSERT_EQUAL(kv_write(kv, batch, false), DALV_OK);
    status = index_open(kv, 8, &index);
    index_close(&index);
    kv_batch_destroy(&batch);
    kv_close(&kv);
    memory_store_destroy(&store);
    return status;
}

static void knows_its_format(void)
{
    CU_ASSERT_EQUAL(open_with_format("\2\0\0\0\10\0\0\0", 8), DALV_OK);
    CU_ASSERT_EQUAL(open_with_format("\2\0\0\0\11\0\0\0", 8), DALV_INVALID);
    CU_ASSERT_EQUAL(open_with_format("\3\0\0\0", 4), DALV_UNSUPPORTED);
    CU_ASSERT_EQUAL(open_with_format("\1\0\0\0\10\0\0\0", 8), DALV_REBASE);
    CU_ASSERT_EQUAL(open_with_format("\0\0\0\0\10\0\0\0", 8), DALV_DAMAGED);
    CU_ASSERT_EQUAL(open_with_format("\2\0\0\0\10\0\0\0\0", 9), DALV_DAMAGED);
    CU_ASSERT_EQUAL(open_with_format("", 0), DALV_DAMAGED);
}

/* The n-th call fails, for each n, and the answer says so for good. */
static void passes_on_every_failure_of_the_map(void)
{
    for (uint64_t nth = 1; nth < 40; nth++) {
        struct index_story *story = story_begin();
        struct user_state state;
        enum dalv_status status;

        STORY_APPLY(story, 1, story_add("l", 1, "x", 1), story_user(1, 0));
        memory_store_fail(story->store, nth, DALV_IO);
        for (int i = 0; i < 10; i++) {
            (void)story_feed(story, 0);
            (void)story_range(story);
        }
        status = index_user(story->index, STORY_PARTITION,
                            bytes_from_text("anna"), &state);
        CU_ASSERT_EQUAL(status, DALV_IO);
        CU_ASSERT_STRING_EQUAL(story_feed(story, 0), "DALV_IO");
        CU_ASSERT_STRING_EQUAL(story_range(story), "DALV_IO");
        CU_ASSERT_STRING_EQUAL(story_key(story, "l"), "DALV_IO");
        CU_ASSERT_EQUAL(index_checkpoint(story->index), DALV_IO);
        story_end(&story);
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_back_what_was_put),
    SUITE_TEST(hides_all_when_the_history_is_another),
    SUITE_TEST(keeps_users_and_partitions_apart),
    SUITE_TEST(shows_nothing_before_the_commit),
    SUITE_TEST(knows_where_each_partition_is_when_opened_again),
    SUITE_TEST(knows_after_any_number_of_records_where_it_is),
    SUITE_TEST(knows_where_it_is_whichever_record_was_the_last),
    SUITE_TEST(knows_the_newest_time_when_opened_again),
    SUITE_TEST(keeps_a_checkpoint_through_a_crash),
    SUITE_TEST(refuses_a_map_that_is_not_an_index),
    SUITE_TEST(knows_its_format),
    SUITE_TEST(passes_on_every_failure_of_the_map),
};

int main(void)
{
    return SUITE_RUN("storage/index", tests);
}
