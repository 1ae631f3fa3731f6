#include "control/roster.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static const uint8_t store[STORE_ID_BYTES] = {1};

static void hear(struct roster_entry *entry, uint64_t boot, uint64_t since,
                 uint64_t report)
{
    const struct message_heartbeaten heard = {
        .node = 1,
        .store = bytes_make(store, sizeof(store)),
        .boot_id = boot,
        .boot_number = boot,
        .since = since,
        .report = report,
    };

    (void)roster_hear(entry, &heard, 1);
}

/*
 * A controller that asked the start before for what is behind its report 20
 * took the next start's six reports for known, and none of them was ever told.
 */
static void asks_another_start_for_all_it_has(void)
{
    struct roster_entry entry = {.node = 1};

    hear(&entry, 1, 0, 20);
    CU_ASSERT_EQUAL(entry.whole, 20);
    hear(&entry, 2, 20, 6);
    CU_ASSERT_EQUAL(entry.whole, 0);
    hear(&entry, 2, 0, 6);
    CU_ASSERT_EQUAL(entry.whole, 6);
    hear(&entry, 2, 6, 9);
    CU_ASSERT_EQUAL(entry.whole, 9);
}

/* What was on its way when everything was wanted leaves something out. */
static void is_not_moved_on_by_an_answer_to_an_older_question(void)
{
    struct roster_entry entry = {.node = 1};

    hear(&entry, 1, 0, 5);
    roster_ask_all(&entry);
    hear(&entry, 1, 5, 6);
    CU_ASSERT_EQUAL(entry.whole, 0);
    CU_ASSERT_EQUAL(entry.report, 6);
    hear(&entry, 1, 0, 7);
    CU_ASSERT_EQUAL(entry.whole, 7);
}

static const struct suite_test tests[] = {
    SUITE_TEST(asks_another_start_for_all_it_has),
    SUITE_TEST(is_not_moved_on_by_an_answer_to_an_older_question),
};

int main(void)
{
    return SUITE_RUN("control/roster", tests);
}
