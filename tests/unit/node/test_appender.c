#include "node/appender.h"

#include "base/budget.h"
#include "storage/record.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARTITIONS = 2,
    VALUE_BYTES = 1 << 20,
};

static struct budget budget;
static struct appender appender;
static struct list proposals;

static void begin(void)
{
    static const struct appender_start starts[PARTITIONS] = {
        {.end = {.epoch = 3, .index = 7, .crc = 99},
         .epoch = 4,
         .time_us = 5000},
        {.epoch = 1},
    };

    budget_init(&budget, 1 << 28);
    list_init(&proposals);
    CU_ASSERT_EQUAL_FATAL(
        appender_init(&appender, &budget.allocator, PARTITIONS), DALV_OK);
    for (uint32_t i = 0; i < PARTITIONS; i++)
        appender_lead(&appender, i, &starts[i]);
}

static void end(void)
{
    appender_deinit(&appender);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
}

/* A turn whose records put a value of so many bytes each. */
static struct turn *decide(uint32_t partition, size_t count, size_t bytes)
{
    static uint8_t value[VALUE_BYTES];
    static struct effect effect;
    struct turn *turn = turn_create(&budget.allocator, NULL, 16);

    effect = (struct effect){.type = EFFECT_PUT,
                             .key = bytes_from_text("a"),
                             .value = bytes_make(value, bytes)};
    turn->partition = partition;
    turn->first_index = appender_next_index(&appender, partition);
    turn->judge.records = calloc(count, sizeof(*turn->judge.records));
    turn->judge.record_count = count;
    for (size_t i = 0; i < count; i++)
        turn->judge.records[i] =
            (struct user_record){.user = bytes_from_text("anna"),
                                 .history_id = 1,
                                 .revision = i + 1,
                                 .time_us = 6000,
                                 .effects = &effect,
                                 .effect_count = 1};
    return turn;
}

static struct proposal *take(void)
{
    return LIST_ITEM(list_take(&proposals), struct proposal, link);
}

/* It is committed and applied; true if a turn ended with it. */
static bool finish(struct proposal *proposal)
{
    struct turn *turn = proposal->turn;
    bool has_turn = turn != NULL;

    if (has_turn) {
        free(turn->judge.records);
        turn_destroy(&turn);
    }
    proposal_destroy(&proposal, &budget.allocator);
    return has_turn;
}

static void goes_on_where_the_log_ends(void)
{
    struct proposal *proposal;
    struct record record;
    struct reader reader;

    begin();
    CU_ASSERT_EQUAL(appender_next_index(&appender, 0), 8);
    appender_put(&appender, decide(0, 2, 3), &proposals);
    CU_ASSERT_EQUAL(appender_next_index(&appender, 0), 10);
    CU_ASSERT_EQUAL(appender_next_index(&appender, 1), 1);
    proposal = take();
    CU_ASSERT_EQUAL(proposal->record_count, 2);
    CU_ASSERT_EQUAL(proposal->before.index, 7);
    CU_ASSERT_EQUAL(proposal->before.crc, 99);
    reader_init(&reader, proposal_bytes(proposal));
    CU_ASSERT_EQUAL(record_decode(&reader, &record), DALV_OK);
    CU_ASSERT_EQUAL(record.position.epoch, 4);
    CU_ASSERT_EQUAL(record.position.index, 8);
    CU_ASSERT_EQUAL(record.previous_crc, 99);
    CU_ASSERT_EQUAL(record_decode(&reader, &record), DALV_OK);
    CU_ASSERT(log_position_equal(proposal->end, record.position));
    CU_ASSERT_TRUE(finish(proposal));
    end();
}

static void never_lets_time_go_back(void)
{
    begin();
    CU_ASSERT_EQUAL(appender_time_us(&appender, 0, 4000), 5000);
    CU_ASSERT_EQUAL(appender_time_us(&appender, 0, 7000), 7000);
    CU_ASSERT_EQUAL(appender_time_us(&appender, 1, 4000), 4000);
    appender_put(&appender, decide(0, 1, 3), &proposals);
    CU_ASSERT_EQUAL(appender_time_us(&appender, 0, 5500), 6000);
    CU_ASSERT_TRUE(finish(take()));
    end();
}

/* A turn ends with its last record: it is answered when that is committed. */
static void ends_a_turn_with_the_proposal_of_its_last_record(void)
{
    struct proposal *proposal;
    struct log_position middle;

    begin();
    appender_put(&appender, decide(0, 6, VALUE_BYTES), &proposals);
    CU_ASSERT_EQUAL(proposals.count, 2);
    proposal = take();
    CU_ASSERT_EQUAL(proposal->record_count, 4);
    middle = proposal->end;
    CU_ASSERT_FALSE(finish(proposal));
    proposal = take();
    CU_ASSERT_EQUAL(proposal->record_count, 2);
    CU_ASSERT(log_position_equal(proposal->before, middle));
    CU_ASSERT_TRUE(finish(proposal));
    end();
}

/* A master that stood down for a while has not lost what it proposed. */
static void goes_on_in_the_same_epoch_where_it_was(void)
{
    static const struct appender_start again = {.end = {.index = 7},
                                                .epoch = 4};
    static const struct appender_start later = {
        .end = {.epoch = 5, .index = 30}, .epoch = 6, .time_us = 9000};

    begin();
    appender_put(&appender, decide(0, 2, 3), &proposals);
    CU_ASSERT_TRUE(finish(take()));
    appender_rest(&appender, 0);
    CU_ASSERT_FALSE(appender_leads(&appender, 0));
    CU_ASSERT_TRUE(appender_leads(&appender, 1));
    appender_lead(&appender, 0, &again);
    CU_ASSERT_TRUE(appender_leads(&appender, 0));
    CU_ASSERT_EQUAL(appender_next_index(&appender, 0), 10);
    appender_lead(&appender, 0, &later);
    CU_ASSERT_EQUAL(appender_next_index(&appender, 0), 31);
    CU_ASSERT_EQUAL(appender_epoch(&appender, 0), 6);
    CU_ASSERT_EQUAL(appender_time_us(&appender, 0, 1), 9000);
    end();
}

static void holds_nothing_without_memory(void)
{
    budget_init(&budget, 1000);
    CU_ASSERT_EQUAL(appender_init(&appender, &budget.allocator, PARTITIONS),
                    DALV_NO_MEMORY);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(goes_on_where_the_log_ends),
        SUITE_TEST(never_lets_time_go_back),
        SUITE_TEST(ends_a_turn_with_the_proposal_of_its_last_record),
        SUITE_TEST(goes_on_in_the_same_epoch_where_it_was),
        SUITE_TEST(holds_nothing_without_memory),
    };

    return SUITE_RUN("node/appender", tests);
}
