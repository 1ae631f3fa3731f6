#include "base/status.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdint.h>

/* Numbers travel and stand in scripts: none may ever change. */
static void keeps_the_numbers_that_were_given(void)
{
    CU_ASSERT_EQUAL(DALV_OK, 0);
    CU_ASSERT_EQUAL(DALV_NOT_FOUND, 1);
    CU_ASSERT_EQUAL(DALV_CONFLICT, 7);
    CU_ASSERT_EQUAL(DALV_REBASE, 14);
    CU_ASSERT_EQUAL(DALV_BUSY, 20);
    CU_ASSERT_EQUAL(DALV_EXPIRED, 26);
    CU_ASSERT_EQUAL(DALV_IO, 30);
    CU_ASSERT_EQUAL(DALV_CANCELLED, 35);
    CU_ASSERT_EQUAL(DALV_INTERNAL, 70);
}

static void names_and_describes_each(void)
{
    CU_ASSERT_STRING_EQUAL(status_name(DALV_OK), "DALV_OK");
    CU_ASSERT_STRING_EQUAL(status_text(DALV_OK), "done");
    CU_ASSERT_STRING_EQUAL(status_name(DALV_TIMEOUT), "DALV_TIMEOUT");
    CU_ASSERT_STRING_EQUAL(status_text(DALV_TIMEOUT),
                           "no answer in time, outcome unknown");
}

static void knows_the_list_and_nothing_else(void)
{
    CU_ASSERT_TRUE(status_is_known(0));
    CU_ASSERT_TRUE(status_is_known(70));
    CU_ASSERT_FALSE(status_is_known(15));
    CU_ASSERT_FALSE(status_is_known(71));
    CU_ASSERT_FALSE(status_is_known(UINT32_MAX));
    CU_ASSERT_STRING_EQUAL(status_name((enum dalv_status)71), "DALV_?");
    CU_ASSERT_STRING_EQUAL(status_text((enum dalv_status)71), "unknown status");
}

/* "done", "not done" or "unknown": a text that says so must not lie. */
static void says_what_a_write_left_behind(void)
{
    CU_ASSERT_EQUAL(status_outcome(DALV_OK), STATUS_DONE);
    CU_ASSERT_EQUAL(status_outcome(DALV_OCCUPIED), STATUS_NOT_DONE);
    CU_ASSERT_EQUAL(status_outcome(DALV_BUSY), STATUS_NOT_DONE);
    CU_ASSERT_EQUAL(status_outcome(DALV_UNAVAILABLE), STATUS_NOT_DONE);
    CU_ASSERT_EQUAL(status_outcome(DALV_TIMEOUT), STATUS_UNSURE);
    CU_ASSERT_EQUAL(status_outcome(DALV_UNKNOWN), STATUS_UNSURE);
    CU_ASSERT_EQUAL(status_outcome(DALV_IO), STATUS_UNSURE);
    CU_ASSERT_EQUAL(status_outcome(DALV_INTERNAL), STATUS_UNSURE);
}

/* What this version does not know may have done anything. */
static void concludes_nothing_from_an_unknown_number(void)
{
    CU_ASSERT_EQUAL(status_outcome((enum dalv_status)71), STATUS_UNSURE);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(keeps_the_numbers_that_were_given),
        SUITE_TEST(names_and_describes_each),
        SUITE_TEST(knows_the_list_and_nothing_else),
        SUITE_TEST(says_what_a_write_left_behind),
        SUITE_TEST(concludes_nothing_from_an_unknown_number),
    };

    return SUITE_RUN("base/status", tests);
}
