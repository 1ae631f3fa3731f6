#include "base/deadlines.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void gives_what_is_due_first_and_only_when_it_is(void)
{
    struct deadline items[8];
    struct deadlines deadlines;
    uint64_t number = 0;

    deadlines_init(&deadlines, items, 8);
    CU_ASSERT_EQUAL(deadlines_next_ms(&deadlines), UINT64_MAX);
    deadlines_put(&deadlines, 30, 3);
    deadlines_put(&deadlines, 10, 1);
    deadlines_put(&deadlines, 40, 4);
    deadlines_put(&deadlines, 20, 2);
    CU_ASSERT_EQUAL(deadlines_next_ms(&deadlines), 10);
    CU_ASSERT_FALSE(deadlines_take(&deadlines, 9, &number));
    CU_ASSERT_TRUE(deadlines_take(&deadlines, 25, &number));
    CU_ASSERT_EQUAL(number, 1);
    CU_ASSERT_TRUE(deadlines_take(&deadlines, 25, &number));
    CU_ASSERT_EQUAL(number, 2);
    CU_ASSERT_FALSE(deadlines_take(&deadlines, 25, &number));
    CU_ASSERT_TRUE(deadlines_take(&deadlines, 40, &number));
    CU_ASSERT_EQUAL(number, 3);
    CU_ASSERT_TRUE(deadlines_take(&deadlines, 40, &number));
    CU_ASSERT_EQUAL(number, 4);
    CU_ASSERT_FALSE(deadlines_take(&deadlines, UINT64_MAX, &number));
}

static void says_when_it_is_full(void)
{
    struct deadline items[2];
    struct deadlines deadlines;

    deadlines_init(&deadlines, items, 2);
    deadlines_put(&deadlines, 1, 1);
    CU_ASSERT_FALSE(deadlines_is_full(&deadlines));
    deadlines_put(&deadlines, 1, 2);
    CU_ASSERT_TRUE(deadlines_is_full(&deadlines));
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_what_is_due_first_and_only_when_it_is),
    SUITE_TEST(says_when_it_is_full),
};

int main(void)
{
    return SUITE_RUN("base/deadlines", tests);
}
