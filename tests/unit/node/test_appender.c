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
static struct list groups;

static void begin(void)
{
    static const struct appender_start starts[PARTITIONS] = {
        {.end = {.epoch = 3, .index = 7, .crc = 99},
         .epoch = 4,
         .time_us = 5000},
        {.epoch = 1},
    };

    budget_init(&budget, 1 << 28);
    list_init(&groups);
    CU_ASSERT_EQUAL_FATAL(
        appender_init(&appender, &budget.allocator, starts, PARTITIONS),
        DALV_OK);
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

static struct log_group *take_group(void)
{
    return LIST_ITEM(list_take(&groups), struct log_group, link);
}

/* The group is durable; the result is how many turns ended with it. */
static size_t finish(struct log_group *group)
{
    size_t count = 0;
    struct list_link *link;

    while ((link = list_take(&group->turns)) != NULL) {
        struct turn *turn = LIST_ITEM(link, struct turn, link);

        free(turn->judge.records);
        turn_destroy(&turn);
        count++;
    }
    log_group_destroy(&group, &budget.allocator);
    return count;
}

static void goes_on_where_the_log_ends(void)
{
    struct log_group *group;
    struct record record;
    struct reader reader;

    begin();
    CU_ASSERT_EQUAL(appender_next_index(&appender, 0), 8);
    appender_put(&appender, decide(0, 2, 3), &groups);
    CU_ASSERT_EQUAL(appender_next_index(&appender, 0), 10);
    CU_ASSERT_EQUAL(appender_next_index(&appender, 1), 1);
    CU_ASSERT_TRUE(list_is_empty(&groups));
    appender_flush(&appender, &groups);
    group = take_group();
    CU_ASSERT_EQUAL(group->record_count, 2);
    reader_init(&reader, log_group_bytes(group));
    CU_ASSERT_EQUAL(record_decode(&reader, &record), DALV_OK);
    CU_ASSERT_EQUAL(record.position.epoch, 4);
    CU_ASSERT_EQUAL(record.position.index, 8);
    CU_ASSERT_EQUAL(record.previous_crc, 99);
    CU_ASSERT_EQUAL(finish(group), 1);
    end();
}

static void never_lets_time_go_back(void)
{
    begin();
    CU_ASSERT_EQUAL(appender_time_us(&appender, 0, 4000), 5000);
    CU_ASSERT_EQUAL(appender_time_us(&appender, 0, 7000), 7000);
    CU_ASSERT_EQUAL(appender_time_us(&appender, 1, 4000), 4000);
    appender_put(&appender, decide(0, 1, 3), &groups);
    CU_ASSERT_EQUAL(appender_time_us(&appender, 0, 5500), 6000);
    appender_flush(&appender, &groups);
    CU_ASSERT_EQUAL(finish(take_group()), 1);
    end();
}

static void gathers_turns_of_all_users_into_one_group(void)
{
    begin();
    appender_put(&appender, decide(0, 1, 3), &groups);
    appender_put(&appender, decide(1, 1, 3), &groups);
    appender_flush(&appender, &groups);
    CU_ASSERT_EQUAL(groups.count, 1);
    CU_ASSERT_EQUAL(finish(take_group()), 2);
    appender_flush(&appender, &groups);
    CU_ASSERT_TRUE(list_is_empty(&groups));
    end();
}

/* A turn ends with its last record: it is answered when that is durable. */
static void ends_a_turn_in_the_group_of_its_last_record(void)
{
    struct log_group *group;

    begin();
    appender_put(&appender, decide(0, 6, VALUE_BYTES), &groups);
    appender_flush(&appender, &groups);
    CU_ASSERT_EQUAL(groups.count, 2);
    group = take_group();
    CU_ASSERT_EQUAL(group->record_count, 4);
    CU_ASSERT_EQUAL(finish(group), 0);
    group = take_group();
    CU_ASSERT_EQUAL(group->record_count, 2);
    CU_ASSERT_EQUAL(finish(group), 1);
    end();
}

static void holds_nothing_without_memory(void)
{
    static const struct appender_start starts[PARTITIONS];

    budget_init(&budget, 1000);
    CU_ASSERT_EQUAL(
        appender_init(&appender, &budget.allocator, starts, PARTITIONS),
        DALV_NO_MEMORY);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(goes_on_where_the_log_ends),
        SUITE_TEST(never_lets_time_go_back),
        SUITE_TEST(gathers_turns_of_all_users_into_one_group),
        SUITE_TEST(ends_a_turn_in_the_group_of_its_last_record),
        SUITE_TEST(holds_nothing_without_memory),
    };

    return SUITE_RUN("node/appender", tests);
}
