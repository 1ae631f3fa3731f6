#include "base/budget.h"

#include "base/allocator.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>

static void gives_no_more_than_its_budget(void)
{
    struct budget budget;
    void *most;

    budget_init(&budget, 100);
    most = allocator_take_zeroed(&budget.allocator, 90);
    CU_ASSERT_PTR_NOT_NULL(most);
    CU_ASSERT_PTR_NULL(allocator_take(&budget.allocator, 11));
    CU_ASSERT_EQUAL(budget.refused_count, 1);
    allocator_give(&budget.allocator, most, 90);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
    most = allocator_take(&budget.allocator, 100);
    CU_ASSERT_PTR_NOT_NULL(most);
    allocator_give(&budget.allocator, most, 100);
    allocator_give(&budget.allocator, NULL, 7);
    CU_ASSERT_EQUAL(budget.bytes_used, 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_no_more_than_its_budget),
};

int main(void)
{
    return SUITE_RUN("base/budget", tests);
}
