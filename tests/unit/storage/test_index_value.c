#include "storage/index_value.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

enum {
    BYTES_MAX = 2048,
};

static uint8_t memory[BYTES_MAX + 1];
static struct writer writer;

static void begin(void)
{
    writer_init(&writer, memory, BYTES_MAX);
}

typedef bool value_reader(struct bytes value);

static bool read_user(struct bytes value)
{
    struct user_state state;

    return index_value_read_user(value, &state);
}

static bool read_device(struct bytes value)
{
    struct device_state state;

    return index_value_read_device(value, &state);
}

static bool read_outcome(struct bytes value)
{
    struct outcome outcome;

    return index_value_read_outcome(value, &outcome);
}

static bool read_request(struct bytes value)
{
    struct request_state state;

    return index_value_read_request(value, &state);
}

static bool read_key(struct bytes value)
{
    struct key_state state;

    return index_value_read_key(value, &state);
}

static bool read_element(struct bytes value)
{
    struct index_element element;

    return index_value_read_element(value, &element);
}

static bool read_conflict(struct bytes value)
{
    struct conflict_state state;

    return index_value_read_conflict(value, &state);
}

static bool read_feed(struct bytes value)
{
    struct index_feed_value feed;

    return index_value_read_feed(value, &feed);
}

static bool read_applied(struct bytes value)
{
    struct index_applied_value applied;

    return index_value_read_applied(value, &applied);
}

static bool read_changed(struct bytes value)
{
    struct index_changed_value changed;

    return index_value_read_changed(value, &changed);
}

/* What was written is read; cut anywhere it is not. */
static void check_cuts(value_reader *read)
{
    struct bytes whole = writer_bytes(&writer);

    CU_ASSERT_TRUE(read(whole));
    for (size_t size = 0; size < whole.size; size++)
        CU_ASSERT_FALSE(read(bytes_make(whole.data, size)));
}

/* With a byte too many it is not read either. */
static void check(value_reader *read)
{
    struct bytes whole = writer_bytes(&writer);

    check_cuts(read);
    memory[whole.size] = 0;
    CU_ASSERT_FALSE(read(bytes_make(whole.data, whole.size + 1)));
}

static void reads_no_value_of_another_size(void)
{
    struct user_state user = {.history_id = 1, .log_index = UINT64_MAX};
    struct device_state device = {.device = 3, .seen_us = 300};
    struct outcome outcome = {.push_number = 1, .result = OUTCOME_MERGED};
    struct request_state request = {.status = DALV_OK, .time_us = 1000};
    struct index_feed_value feed = {.change_bytes = 200, .log_index = 300};
    struct index_applied_value applied = {
        .position = {.epoch = 1, .index = 500, .crc = 7}, .time_us = 9000};

    begin();
    index_value_put_user(&writer, &user);
    check(read_user);
    begin();
    index_value_put_device(&writer, &device);
    check(read_device);
    begin();
    index_value_put_outcome(&writer, &outcome);
    check(read_outcome);
    begin();
    index_value_put_request(&writer, &request);
    check(read_request);
    begin();
    index_value_put_feed(&writer, &feed);
    check(read_feed);
    begin();
    index_value_put_applied(&writer, &applied);
    check(read_applied);
}

/* The user stands to the end: one that is no user's id cannot be. */
static void reads_whose_a_change_is(void)
{
    uint8_t long_user[BOUNDS_USER_ID_MAX + 1] = {0};
    struct index_changed_value changed = {
        .epoch = 300, .crc = 7, .time_us = 9000};
    struct index_changed_value read;

    begin();
    index_value_put_changed(&writer, &changed);
    writer_bytes_put(&writer, bytes_from_text("u"));
    check_cuts(read_changed);
    CU_ASSERT_TRUE_FATAL(
        index_value_read_changed(writer_bytes(&writer), &read));
    CU_ASSERT_EQUAL(read.epoch, 300);
    CU_ASSERT_EQUAL(read.crc, 7);
    CU_ASSERT_EQUAL(read.time_us, 9000);
    CU_ASSERT_TRUE(bytes_equal(read.user, bytes_from_text("u")));
    begin();
    index_value_put_changed(&writer, &changed);
    writer_bytes_put(&writer, bytes_make(long_user, sizeof(long_user)));
    CU_ASSERT_FALSE(read_changed(writer_bytes(&writer)));
}

static void reads_all_of_a_user(void)
{
    const struct user_state written = {
        .history_id = 1,
        .revision = 2,
        .floor = 3,
        .common_history_id = 4,
        .common = 5,
        .erased_history_id = 6,
        .live_count = 7,
        .tombstone_count = 8,
        .tombstone_oldest_us = 9,
        .live_bytes = 10,
        .conflict_bytes = 11,
        .device_last = 12,
        .device_count = 13,
        .log_index = 14,
        .restored = 15,
    };
    struct user_state state = {0};

    begin();
    index_value_put_user(&writer, &written);
    CU_ASSERT(index_value_read_user(writer_bytes(&writer), &state));
    CU_ASSERT_EQUAL(memcmp(&state, &written, sizeof(state)), 0);
}

static void reads_no_head_that_was_cut(void)
{
    struct key_state key = {.kind = KEY_REGISTER, .revision = 1};
    struct index_element element = {.state = {.revision = 400}};
    struct conflict_state conflict = {.key = {memory, 1}};

    begin();
    index_value_put_key(&writer, &key);
    check_cuts(read_key);
    begin();
    index_value_put_element(&writer, &element);
    check_cuts(read_element);
    begin();
    index_value_put_conflict(&writer, &conflict);
    check_cuts(read_conflict);
}

static void reads_no_key_with_more_than_its_kind_has(void)
{
    struct key_state key = {.kind = KEY_NONE, .revision = 1};

    begin();
    index_value_put_key(&writer, &key);
    check(read_key);
    key.kind = KEY_LIST;
    begin();
    index_value_put_key(&writer, &key);
    check(read_key);
    key.kind = KEY_COUNTER;
    begin();
    index_value_put_key(&writer, &key);
    check(read_key);
}

static void refuses_numbers_that_it_never_wrote(void)
{
    struct outcome outcome = {.push_number = 1, .result = OUTCOME_APPLIED};
    struct key_state key = {.kind = KEY_COUNTER};
    struct index_element element = {.state = {.revision = 4}};

    begin();
    index_value_put_outcome(&writer, &outcome);
    memory[1] = OUTCOME_REFUSED + 1;
    CU_ASSERT_FALSE(read_outcome(writer_bytes(&writer)));
    memory[1] = 0;
    CU_ASSERT_FALSE(read_outcome(writer_bytes(&writer)));
    memory[1] = OUTCOME_APPLIED;
    memory[2] = 127; /* No status has this number. */
    CU_ASSERT_FALSE(read_outcome(writer_bytes(&writer)));
    begin();
    index_value_put_key(&writer, &key);
    memory[0] = KEY_COUNTER + 1;
    CU_ASSERT_FALSE(read_key(writer_bytes(&writer)));
    begin();
    index_value_put_element(&writer, &element);
    memory[0] = 2;
    CU_ASSERT_FALSE(read_element(writer_bytes(&writer)));
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_no_value_of_another_size),
    SUITE_TEST(reads_whose_a_change_is),
    SUITE_TEST(reads_all_of_a_user),
    SUITE_TEST(reads_no_head_that_was_cut),
    SUITE_TEST(reads_no_key_with_more_than_its_kind_has),
    SUITE_TEST(refuses_numbers_that_it_never_wrote),
};

int main(void)
{
    return SUITE_RUN("storage/index_value", tests);
}
