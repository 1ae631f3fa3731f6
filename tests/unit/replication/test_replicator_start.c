#include "replication/replicator.h"

#include "base/budget.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

enum {
    MEMORY_BYTES = 8 << 20,
};

/*
 * Old segments went, with all entries of the first epoch, but the log's table
 * still knows that there was one: the node could not start any more.
 */
static void starts_on_a_log_that_begins_in_a_later_epoch(void)
{
    static const struct epochs_item epochs[] = {{1, 1}, {2, 5}, {3, 12}};
    const struct replicator_start start = {
        .start = {.epoch = 2, .index = 10, .crc = 7},
        .end = {.epoch = 3, .index = 14, .crc = 8},
        .applied_index = 14,
        .promised = 3,
        .epochs = epochs,
        .epoch_count = 3,
    };
    struct budget budget;
    struct replicator_options options = {
        .self = {.node = 1, .store = {{1}}},
        .boot_id = 1,
        .partition_count = 1,
        .allocator = &budget.allocator,
    };
    struct replicator *replicator;

    budget_init(&budget, MEMORY_BYTES);
    replicator = replicator_create(&options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(replicator);
    CU_ASSERT_EQUAL(replicator_add(replicator, 0, &start), DALV_OK);
    CU_ASSERT_EQUAL(replicator_commit_index(replicator, 0), 14);
    replicator_destroy(&replicator);
}

static const struct suite_test tests[] = {
    SUITE_TEST(starts_on_a_log_that_begins_in_a_later_epoch),
};

int main(void)
{
    return SUITE_RUN("replication/replicator_start", tests);
}
