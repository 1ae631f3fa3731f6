#include "router/bucket.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static const struct bucket_rate ten_a_second = {.per_s = 10, .burst_s = 3};

static void begins_full(void)
{
    const struct bucket bucket = {0};

    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 30, 0), 0);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 30, 99999), 0);
}

static void lets_nobody_take_more_than_there_is(void)
{
    struct bucket bucket = {0};

    bucket_take(&bucket, &ten_a_second, 29, 5000);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 1, 5000), 0);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 2, 5000), 100);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 2, 5099), 1);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 2, 5100), 0);
}

static void fills_up_to_its_brim_and_no_further(void)
{
    struct bucket bucket = {0};

    bucket_take(&bucket, &ten_a_second, 30, 0);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 30, 2999), 1);
    bucket_take(&bucket, &ten_a_second, 30, UINT64_MAX / 2);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 1, UINT64_MAX / 2),
                    100);
}

/* It could never be taken otherwise. */
static void gives_what_is_larger_once_it_is_full(void)
{
    struct bucket bucket = {0};

    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 1000000, 0), 0);
    bucket_take(&bucket, &ten_a_second, 1000000, 0);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &ten_a_second, 1000000, 0), 3000);
}

static void limits_nothing_without_a_rate(void)
{
    const struct bucket_rate none = {0};
    struct bucket bucket = {0};

    bucket_take(&bucket, &none, UINT64_MAX, 0);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &none, UINT64_MAX, 0), 0);
}

static void follows_a_rate_that_was_lowered(void)
{
    const struct bucket_rate one_a_second = {.per_s = 1, .burst_s = 3};
    struct bucket bucket = {0};

    bucket_take(&bucket, &ten_a_second, 30, 0);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &one_a_second, 1, 0), 1000);
}

static void reaches_its_bounds_without_overflow(void)
{
    const struct bucket_rate most = {.per_s = BUCKET_PER_S_MAX,
                                     .burst_s = BUCKET_BURST_S_MAX};
    struct bucket bucket = {0};

    bucket_take(&bucket, &most, UINT64_MAX, 1);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &most, UINT64_MAX, 1), 1000000);
    CU_ASSERT_EQUAL(bucket_wait_ms(&bucket, &most, UINT64_MAX, UINT64_MAX), 0);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(begins_full),
        SUITE_TEST(lets_nobody_take_more_than_there_is),
        SUITE_TEST(fills_up_to_its_brim_and_no_further),
        SUITE_TEST(gives_what_is_larger_once_it_is_full),
        SUITE_TEST(limits_nothing_without_a_rate),
        SUITE_TEST(follows_a_rate_that_was_lowered),
        SUITE_TEST(reaches_its_bounds_without_overflow),
    };

    return SUITE_RUN("router/bucket", tests);
}
