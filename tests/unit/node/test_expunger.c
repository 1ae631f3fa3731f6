/*
 * Stories of erasures under a virtual clock: the log lets them go 23 hours
 * after, and whoever was promised a day has it kept.
 */
#include "node/expunger.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

#define MS_PER_HOUR UINT64_C(3600000)
#define US_PER_MS UINT64_C(1000)
#define AFTER_US (23 * MS_PER_HOUR * US_PER_MS)
#define DAY_MS (24 * MS_PER_HOUR)
/* The wall clock when the loop's says nothing. */
#define BEGAN_US (UINT64_C(1700000000) * 1000000)

enum {
    ERASURES_MAX = 64
};

/* A node that carries out at once what the expunger wants. */
struct node {
    struct expunger expunger;
    uint64_t now_ms;
    uint64_t erased_us[ERASURES_MAX]; /* Those that the log still tells of. */
    size_t count;
    size_t run_count;
    uint64_t ran_ms[ERASURES_MAX];
    uint64_t oldest_age_ms; /* The oldest that ever was there. */
};

static uint64_t wall_us(const struct node *node)
{
    return BEGAN_US + node->now_ms * US_PER_MS;
}

static void begin(struct node *node)
{
    *node = (struct node){.now_ms = 1};
    expunger_init(&node->expunger, AFTER_US, node->now_ms);
}

static void run(struct node *node)
{
    CU_ASSERT_EQUAL(node->expunger.state, EXPUNGER_TURNING);
    CU_ASSERT_EQUAL(expunger_go_on(&node->expunger, node->now_ms),
                    EXPUNGER_COMPACTING);
    CU_ASSERT_EQUAL(expunger_go_on(&node->expunger, node->now_ms),
                    EXPUNGER_RELEASING);
    node->ran_ms[node->run_count++] = node->now_ms;
    node->count = 0;
    CU_ASSERT_EQUAL(expunger_go_on(&node->expunger, node->now_ms),
                    EXPUNGER_RESTING);
}

static void look(struct node *node)
{
    uint64_t oldest_us = node->count > 0 ? node->erased_us[0] : 0;

    if (node->count > 0 &&
        (wall_us(node) - oldest_us) / US_PER_MS > node->oldest_age_ms)
        node->oldest_age_ms = (wall_us(node) - oldest_us) / US_PER_MS;
    if (!expunger_begins_to_look(&node->expunger, node->now_ms))
        return;
    CU_ASSERT_EQUAL(expunger_next_ms(&node->expunger), UINT64_MAX);
    if (expunger_is_due(&node->expunger, node->count, oldest_us, node->now_ms,
                        wall_us(node)))
        run(node);
}

static void pass(struct node *node, uint64_t ms)
{
    uint64_t end_ms = node->now_ms + ms;

    while (expunger_next_ms(&node->expunger) <= end_ms) {
        if (expunger_next_ms(&node->expunger) > node->now_ms)
            node->now_ms = expunger_next_ms(&node->expunger);
        look(node);
    }
    node->now_ms = end_ms;
}

static void erase(struct node *node)
{
    node->erased_us[node->count++] = wall_us(node);
}

static void lets_nothing_go_without_an_erasure(void)
{
    struct node node;

    begin(&node);
    pass(&node, 100 * DAY_MS);
    CU_ASSERT_EQUAL(node.run_count, 0);
}

static void lets_an_erasure_go_within_a_day(void)
{
    struct node node;

    begin(&node);
    pass(&node, 5 * DAY_MS);
    erase(&node);
    pass(&node, 23 * MS_PER_HOUR - 1);
    CU_ASSERT_EQUAL(node.run_count, 0);
    pass(&node, MS_PER_HOUR);
    CU_ASSERT_EQUAL(node.run_count, 1);
    CU_ASSERT_EQUAL(node.count, 0);
}

/* However many there are: one every minute, for three days. */
static void turns_the_log_once_for_all_of_a_day(void)
{
    struct node node;

    begin(&node);
    for (int hour = 0; hour < 72; hour++) {
        if (node.count < ERASURES_MAX)
            erase(&node);
        pass(&node, MS_PER_HOUR);
    }
    CU_ASSERT_EQUAL(node.run_count, 3);
    CU_ASSERT(node.ran_ms[1] - node.ran_ms[0] >= 23 * MS_PER_HOUR);
    CU_ASSERT(node.ran_ms[2] - node.ran_ms[1] >= 23 * MS_PER_HOUR);
    CU_ASSERT(node.oldest_age_ms <= DAY_MS);
}

/* Nobody was there for a week: it is done at once. */
static void catches_up_after_a_start(void)
{
    struct node node;

    begin(&node);
    erase(&node);
    node.now_ms += 7 * DAY_MS;
    expunger_init(&node.expunger, AFTER_US, node.now_ms);
    pass(&node, 1);
    CU_ASSERT_EQUAL(node.run_count, 1);
}

/* Erased in the future, it seems: it looks each hour, and waits. */
static void bears_a_clock_that_was_put_back(void)
{
    struct node node;

    begin(&node);
    node.erased_us[node.count++] = wall_us(&node) + DAY_MS * US_PER_MS;
    pass(&node, 40 * MS_PER_HOUR);
    CU_ASSERT_EQUAL(node.run_count, 0);
    pass(&node, 8 * MS_PER_HOUR);
    CU_ASSERT_EQUAL(node.run_count, 1);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(lets_nothing_go_without_an_erasure),
        SUITE_TEST(lets_an_erasure_go_within_a_day),
        SUITE_TEST(turns_the_log_once_for_all_of_a_day),
        SUITE_TEST(catches_up_after_a_start),
        SUITE_TEST(bears_a_clock_that_was_put_back),
    };

    return SUITE_RUN("node/expunger", tests);
}
