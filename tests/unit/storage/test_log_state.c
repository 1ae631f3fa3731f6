#include "storage/log_state.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

/* The fixture is the state of two partitions, in segment 1. */
static void begin(struct log_state *state)
{
    log_state_init(state, 2);
    log_state_enter(state, 1);
}

/* Entry `index` of partition 0; its CRC is ten times its index. */
static enum dalv_status take_entry(struct log_state *state, uint64_t epoch,
                                   uint64_t index)
{
    struct record record = {
        .type = RECORD_DATA,
        .position = {epoch, index, (uint32_t)index * 10},
        .previous_crc = (uint32_t)(index - 1) * 10,
    };

    return log_state_take(state, &record);
}

static void takes_only_the_next_entry(void)
{
    struct log_state state;
    struct record stranger = {
        .type = RECORD_DATA,
        .position = {1, 2, 99},
        .previous_crc = 11,
    };

    begin(&state);
    CU_ASSERT_EQUAL(take_entry(&state, 1, 2), DALV_DAMAGED);
    CU_ASSERT_EQUAL(take_entry(&state, 1, 1), DALV_OK);
    CU_ASSERT_EQUAL(take_entry(&state, 1, 1), DALV_DAMAGED);
    CU_ASSERT_EQUAL(log_state_take(&state, &stranger), DALV_DAMAGED);
    CU_ASSERT_EQUAL(take_entry(&state, 1, 2), DALV_OK);
    CU_ASSERT_EQUAL(state.partitions[0].end.index, 2);
    log_state_deinit(&state);
}

static void takes_an_entry_for_a_promise_of_its_epoch(void)
{
    struct log_state state;

    begin(&state);
    CU_ASSERT_EQUAL(take_entry(&state, 7, 1), DALV_OK);
    CU_ASSERT_EQUAL(state.partitions[0].promised, 7);
    log_state_deinit(&state);
}

static void remembers_the_newest_epochs(void)
{
    struct log_state state;
    const struct log_partition *partition;

    begin(&state);
    partition = &state.partitions[0];
    for (uint64_t i = 1; i <= 20; i++)
        CU_ASSERT_EQUAL(take_entry(&state, i * 2, i), DALV_OK);
    CU_ASSERT_EQUAL(partition->epoch_count, 16);
    CU_ASSERT_EQUAL(partition->epochs[0].epoch, 10);
    CU_ASSERT_EQUAL(partition->epochs[0].first_index, 5);
    CU_ASSERT_EQUAL(partition->epochs[15].epoch, 40);
    log_state_deinit(&state);
}

/* What STATE says comes back, whatever it says. */
static void reads_its_own_state_record(void)
{
    uint8_t payload[LOG_STATE_PAYLOAD_MAX];
    static uint8_t members[RECORD_MEMBERS_MAX];
    struct log_state state;
    struct log_state read;
    struct record record = {
        .type = RECORD_MEMBERS,
        .position = {.index = 17},
        .previous_crc = 170,
        .payload = bytes_make(members, sizeof(members)),
    };
    const struct log_partition *partition;

    memset(members, 5, sizeof(members));
    begin(&state);
    for (uint64_t i = 1; i <= 17; i++)
        CU_ASSERT_EQUAL(take_entry(&state, i, i), DALV_OK);
    CU_ASSERT_EQUAL(log_state_take(&state, &record), DALV_OK);
    record = log_state_record(&state, 0, payload);
    CU_ASSERT_EQUAL(record.payload.size + RECORD_HEADER_BYTES,
                    log_state_record_bytes(&state, 0));
    begin(&read);
    CU_ASSERT_EQUAL(log_state_take(&read, &record), DALV_OK);
    CU_ASSERT_EQUAL(log_state_complete(&read), DALV_OK);
    partition = &read.partitions[0];
    CU_ASSERT_EQUAL(partition->end.index, 17);
    CU_ASSERT_EQUAL(partition->end.epoch, 17);
    CU_ASSERT_EQUAL(partition->end.crc, 170);
    CU_ASSERT_EQUAL(partition->start.index, 17);
    CU_ASSERT_EQUAL(partition->promised, 17);
    CU_ASSERT_EQUAL(partition->epoch_count, 16);
    CU_ASSERT_EQUAL(partition->epochs[15].first_index, 17);
    CU_ASSERT_EQUAL(partition->members_size, sizeof(members));
    CU_ASSERT_EQUAL(partition->members[1023], 5);
    record.payload.size--;
    CU_ASSERT_EQUAL(log_state_take(&read, &record), DALV_DAMAGED);
    log_state_deinit(&read);
    log_state_deinit(&state);
}

static void refuses_a_state_that_contradicts_what_was_scanned(void)
{
    uint8_t payload[LOG_STATE_PAYLOAD_MAX];
    struct log_state state;
    struct log_state other;
    struct record record;

    begin(&other);
    CU_ASSERT_EQUAL(take_entry(&other, 1, 1), DALV_OK);
    CU_ASSERT_EQUAL(take_entry(&other, 1, 2), DALV_OK);
    record = log_state_record(&other, 0, payload);
    begin(&state);
    CU_ASSERT_EQUAL(take_entry(&state, 1, 1), DALV_OK);
    log_state_enter(&state, 2);
    CU_ASSERT_EQUAL(log_state_take(&state, &record), DALV_DAMAGED);
    /* Nor may it leave out a partition that has entries. */
    CU_ASSERT_EQUAL(log_state_complete(&state), DALV_DAMAGED);
    /* Behind a gap it is the word that counts. */
    log_state_note_gap(&state);
    CU_ASSERT_EQUAL(log_state_take(&state, &record), DALV_OK);
    CU_ASSERT_EQUAL(log_state_complete(&state), DALV_OK);
    CU_ASSERT_EQUAL(state.partitions[0].health, LOG_BROKEN);
    CU_ASSERT_EQUAL(state.partitions[0].end.index, 2);
    log_state_finish(&state);
    CU_ASSERT_EQUAL(state.partitions[1].health, LOG_WHOLE);
    log_state_deinit(&other);
    log_state_deinit(&state);
}

static void doubts_what_nothing_is_heard_of_behind_a_gap(void)
{
    struct log_state state;

    begin(&state);
    CU_ASSERT_EQUAL(take_entry(&state, 1, 1), DALV_OK);
    log_state_note_gap(&state);
    CU_ASSERT_EQUAL(take_entry(&state, 1, 2), DALV_OK);
    log_state_finish(&state);
    CU_ASSERT_EQUAL(state.partitions[0].health, LOG_WHOLE);
    CU_ASSERT_EQUAL(state.partitions[1].health, LOG_DOUBTFUL);
    log_state_set_certain(&state);
    CU_ASSERT_EQUAL(state.partitions[1].health, LOG_WHOLE);
    log_state_deinit(&state);
}

static void refuses_a_truncation_to_what_is_not_there(void)
{
    uint8_t payload[RECORD_KEPT_BYTES];
    struct log_state state;
    struct writer writer;
    struct record record = {
        .type = RECORD_TRUNCATE,
        .position = {.epoch = 2, .index = 1},
        .previous_crc = 10,
    };

    begin(&state);
    CU_ASSERT_EQUAL(take_entry(&state, 1, 1), DALV_OK);
    writer_init(&writer, payload, sizeof(payload));
    record_kept_encode((struct log_position){1, 2, 20}, &writer);
    record.payload = writer_bytes(&writer);
    CU_ASSERT_EQUAL(log_state_take(&state, &record), DALV_DAMAGED);
    CU_ASSERT_EQUAL(state.partitions[0].end.index, 1);
    log_state_deinit(&state);
}

static const struct suite_test tests[] = {
    SUITE_TEST(takes_only_the_next_entry),
    SUITE_TEST(takes_an_entry_for_a_promise_of_its_epoch),
    SUITE_TEST(remembers_the_newest_epochs),
    SUITE_TEST(reads_its_own_state_record),
    SUITE_TEST(refuses_a_state_that_contradicts_what_was_scanned),
    SUITE_TEST(doubts_what_nothing_is_heard_of_behind_a_gap),
    SUITE_TEST(refuses_a_truncation_to_what_is_not_there),
};

int main(void)
{
    return SUITE_RUN("storage/log_state", tests);
}
