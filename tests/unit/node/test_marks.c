#include "node/marks.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct marks marks;
static const uint8_t anna_bytes[] = "anna";
static const struct bytes anna = {anna_bytes, 4};

static void bounds_nothing_where_nobody_reads(void)
{
    marks_init(&marks, 1);
    CU_ASSERT_EQUAL(marks_bound(&marks, anna, 0), UINT64_MAX);
}

static void bounds_the_floor_where_a_device_began(void)
{
    marks_init(&marks, 1);
    marks_put(&marks, anna, 70, 1000);
    CU_ASSERT_EQUAL(marks_bound(&marks, anna, 1000), 70);
    CU_ASSERT_EQUAL(marks_bound(&marks, anna, 1000 + MARKS_LIFE_MS - 1), 70);
    CU_ASSERT_EQUAL(marks_bound(&marks, anna, 1000 + MARKS_LIFE_MS),
                    UINT64_MAX);
}

/* Two devices read: neither is to begin again. */
static void keeps_the_lowest_of_those_that_read(void)
{
    marks_init(&marks, 1);
    marks_put(&marks, anna, 70, 1000);
    marks_put(&marks, anna, 90, 2000);
    CU_ASSERT_EQUAL(marks_bound(&marks, anna, 2000), 70);
    marks_put(&marks, anna, 60, 3000);
    CU_ASSERT_EQUAL(marks_bound(&marks, anna, 3000), 60);
}

static void forgets_a_lower_one_that_is_over(void)
{
    marks_init(&marks, 1);
    marks_put(&marks, anna, 70, 0);
    marks_put(&marks, anna, 90, MARKS_LIFE_MS);
    CU_ASSERT_EQUAL(marks_bound(&marks, anna, MARKS_LIFE_MS), 90);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(bounds_nothing_where_nobody_reads),
        SUITE_TEST(bounds_the_floor_where_a_device_began),
        SUITE_TEST(keeps_the_lowest_of_those_that_read),
        SUITE_TEST(forgets_a_lower_one_that_is_over),
    };

    return SUITE_RUN("node/marks", tests);
}
