#include "model/dot.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void is_ordered_by_device_then_transaction_then_place(void)
{
    struct dot dot = {2, 2, 2};

    CU_ASSERT_EQUAL(dot_compare(dot, dot), 0);
    CU_ASSERT_TRUE(dot_compare(dot, (struct dot){3, 1, 1}) < 0);
    CU_ASSERT_TRUE(dot_compare(dot, (struct dot){2, 3, 1}) < 0);
    CU_ASSERT_TRUE(dot_compare(dot, (struct dot){2, 2, 3}) < 0);
    CU_ASSERT_TRUE(dot_compare(dot, (struct dot){1, 3, 3}) > 0);
    CU_ASSERT_TRUE(dot_compare(dot, (struct dot){DOT_SELF, 0, 0}) < 0);
    CU_ASSERT_TRUE(dot_compare((struct dot){0, UINT64_MAX, 0}, dot) < 0);
}

static void is_equal_in_all_its_parts(void)
{
    struct dot dot = {2, 2, 2};

    CU_ASSERT_TRUE(dot_equal(dot, (struct dot){2, 2, 2}));
    CU_ASSERT_FALSE(dot_equal(dot, (struct dot){1, 2, 2}));
    CU_ASSERT_FALSE(dot_equal(dot, (struct dot){2, 1, 2}));
    CU_ASSERT_FALSE(dot_equal(dot, (struct dot){2, 2, 1}));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(is_ordered_by_device_then_transaction_then_place),
        SUITE_TEST(is_equal_in_all_its_parts),
    };

    return SUITE_RUN("model/dot", tests);
}
