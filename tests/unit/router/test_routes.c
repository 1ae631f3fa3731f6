#include "router/routes.h"

#include "base/budget.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct budget budget;
static struct routes routes;
static struct partition_record records[4];

static void begin(void)
{
    budget_init(&budget, 1 << 20);
    routes_init(&routes, &budget.allocator);
}

static void end(void)
{
    routes_deinit(&routes);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
}

/* Of partition 2; the others stay as they are. */
static bool learn(uint64_t epoch, uint64_t change, uint32_t node)
{
    struct cluster_map map = {
        .head = {.version = {1, epoch}, .partition_count = 4},
        .records = records};

    records[2].epoch = epoch;
    records[2].change = change;
    records[2].state = PARTITION_LED;
    records[2].master.node = node;
    return routes_learn(&routes, &map);
}

/* Who led before is named still, if anybody is. */
static bool learn_opening(uint64_t epoch, uint64_t change, uint32_t node)
{
    struct cluster_map map = {
        .head = {.version = {1, epoch}, .partition_count = 4},
        .records = records};

    (void)learn(epoch - 1, change, node);
    records[2].epoch = epoch;
    records[2].state = PARTITION_OPENING;
    return routes_learn(&routes, &map);
}

static void follows_newer_records_only(void)
{
    begin();
    CU_ASSERT_TRUE(learn(5, 1, 7));
    CU_ASSERT_EQUAL(routes.items[2].node, 7);
    CU_ASSERT_TRUE(learn(4, 9, 8));
    CU_ASSERT_EQUAL(routes.items[2].node, 7);
    CU_ASSERT_TRUE(learn(5, 0, 8));
    CU_ASSERT_EQUAL(routes.items[2].node, 7);
    CU_ASSERT_TRUE(learn(5, 2, 8));
    CU_ASSERT_EQUAL(routes.items[2].node, 8);
    CU_ASSERT_EQUAL(routes.version.version, 5);
    end();
}

static void keeps_the_last_master_while_a_record_is_opening(void)
{
    begin();
    CU_ASSERT_TRUE(learn(5, 0, 7));
    CU_ASSERT_TRUE(learn_opening(6, 0, 0));
    CU_ASSERT_EQUAL(routes.items[2].node, 7);
    CU_ASSERT_EQUAL(routes.items[2].epoch, 6);
    end();
}

static void takes_a_hint_of_a_newer_epoch(void)
{
    begin();
    CU_ASSERT_TRUE(learn(5, 3, 7));
    CU_ASSERT_FALSE(routes_learn_hint(&routes, 2, 5, 8));
    CU_ASSERT_FALSE(routes_learn_hint(&routes, 2, 6, 0));
    CU_ASSERT_FALSE(routes_learn_hint(&routes, 4, 6, 8));
    CU_ASSERT_TRUE(routes_learn_hint(&routes, 2, 6, 8));
    CU_ASSERT_EQUAL(routes.items[2].node, 8);
    /* The record of that epoch says who it is. */
    CU_ASSERT_TRUE(learn(6, 1, 9));
    CU_ASSERT_EQUAL(routes.items[2].node, 9);
    end();
}

/* The map said that an epoch is being opened; a node knows who leads in it. */
static void takes_a_hint_of_the_epoch_that_is_being_opened(void)
{
    begin();
    CU_ASSERT_TRUE(learn(5, 3, 7));
    CU_ASSERT_TRUE(learn_opening(6, 1, 7));
    CU_ASSERT_FALSE(routes_learn_hint(&routes, 2, 5, 8));
    CU_ASSERT_TRUE(routes_learn_hint(&routes, 2, 6, 8));
    CU_ASSERT_EQUAL(routes.items[2].node, 8);
    /* Who leads in an epoch is one: what was heard first stays. */
    CU_ASSERT_FALSE(routes_learn_hint(&routes, 2, 6, 9));
    /* An older record of that epoch takes nothing back. */
    CU_ASSERT_TRUE(learn_opening(6, 0, 7));
    CU_ASSERT_FALSE(routes_learn_hint(&routes, 2, 6, 9));
    CU_ASSERT_EQUAL(routes.items[2].node, 8);
    end();
}

static void learns_nothing_from_another_cluster(void)
{
    struct cluster_map map = {.head = {.partition_count = 2},
                              .records = records};

    begin();
    CU_ASSERT_TRUE(learn(5, 0, 7));
    CU_ASSERT_FALSE(routes_learn(&routes, &map));
    CU_ASSERT_EQUAL(routes.partition_count, 4);
    end();
}

static void learns_nothing_without_memory(void)
{
    budget_init(&budget, 10);
    routes_init(&routes, &budget.allocator);
    CU_ASSERT_FALSE(learn(5, 0, 7));
    CU_ASSERT_EQUAL(routes.partition_count, 0);
    end();
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(follows_newer_records_only),
        SUITE_TEST(keeps_the_last_master_while_a_record_is_opening),
        SUITE_TEST(takes_a_hint_of_a_newer_epoch),
        SUITE_TEST(takes_a_hint_of_the_epoch_that_is_being_opened),
        SUITE_TEST(learns_nothing_from_another_cluster),
        SUITE_TEST(learns_nothing_without_memory),
    };

    return SUITE_RUN("router/routes", tests);
}
