/*
 * Values out of a page of metrics.
 */
#include "cli/metrics_text.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static const char page[] = "# HELP dalv_a Some.\n"
                           "# TYPE dalv_a counter\n"
                           "dalv_a_total 17\n"
                           "dalv_a 3\n"
                           "dalv_b{le=\"1\"} 9\n"
                           "dalv_c_sum 1.500000\n"
                           "dalv_d -4";

static double value(const char *name)
{
    return metrics_text_value(bytes_from_text(page), name);
}

static void finds_a_value_by_its_whole_name(void)
{
    CU_ASSERT_EQUAL(value("dalv_a"), 3);
    CU_ASSERT_EQUAL(value("dalv_a_total"), 17);
    CU_ASSERT_EQUAL(value("dalv_b{le=\"1\"}"), 9);
    CU_ASSERT_EQUAL(value("dalv_c_sum"), 1.5);
    CU_ASSERT_EQUAL(value("dalv_d"), -4);
}

static void what_is_not_there_is_nothing(void)
{
    CU_ASSERT_EQUAL(value("dalv"), 0);
    CU_ASSERT_EQUAL(value("dalv_b"), 0);
    CU_ASSERT_EQUAL(metrics_text_value((struct bytes){0}, "dalv_a"), 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(finds_a_value_by_its_whole_name),
    SUITE_TEST(what_is_not_there_is_nothing),
};

int main(void)
{
    return SUITE_RUN("cli/metrics_text", tests);
}
