#include "base/clock.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdint.h>

static void never_goes_back(void)
{
    uint64_t last = clock_boot_us();

    for (unsigned i = 0; i < 10000; i++) {
        uint64_t now = clock_boot_us();

        CU_ASSERT_TRUE(now >= last);
        last = now;
    }
}

static void tells_the_same_time_in_both_units(void)
{
    uint64_t before_us = clock_boot_us();
    uint64_t ms = clock_boot_ms();
    uint64_t after_us = clock_boot_us();

    CU_ASSERT_TRUE(ms >= before_us / 1000);
    CU_ASSERT_TRUE(ms <= after_us / 1000);
}

static void tells_the_date_in_microseconds(void)
{
    /* 2020-01-01 and 2200-01-01. */
    CU_ASSERT_TRUE(clock_wall_us() > 1577836800000000U);
    CU_ASSERT_TRUE(clock_wall_us() < 7258118400000000U);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(never_goes_back),
        SUITE_TEST(tells_the_same_time_in_both_units),
        SUITE_TEST(tells_the_date_in_microseconds),
    };

    return SUITE_RUN("base/clock", tests);
}
