#include "http/health.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void is_live_but_not_ready_at_first(void)
{
    struct health health;

    health_init(&health, 1000);
    CU_ASSERT_TRUE(health_is_live(&health, 1000));
    CU_ASSERT_FALSE(health_is_ready(&health, 1000));
}

static void lives_five_seconds_from_its_last_beat(void)
{
    struct health health;

    health_init(&health, 1000);
    health_beat(&health, 2000);
    CU_ASSERT_TRUE(health_is_live(&health, 7000));
    CU_ASSERT_FALSE(health_is_live(&health, 7001));
    health_beat(&health, 8000);
    CU_ASSERT_TRUE(health_is_live(&health, 8000));
}

static void is_not_ready_while_its_loop_hangs(void)
{
    struct health health;

    health_init(&health, 1000);
    health_set_ready(&health, true);
    CU_ASSERT_TRUE(health_is_ready(&health, 6000));
    CU_ASSERT_FALSE(health_is_ready(&health, 6001));
    health_beat(&health, 6001);
    CU_ASSERT_TRUE(health_is_ready(&health, 6001));
    health_set_ready(&health, false);
    CU_ASSERT_FALSE(health_is_ready(&health, 6001));
}

/* Two threads look at the clock; the later one may write first. */
static void takes_a_beat_from_the_future(void)
{
    struct health health;

    health_init(&health, 1000);
    CU_ASSERT_TRUE(health_is_live(&health, 999));
}

static const struct suite_test tests[] = {
    SUITE_TEST(is_live_but_not_ready_at_first),
    SUITE_TEST(lives_five_seconds_from_its_last_beat),
    SUITE_TEST(is_not_ready_while_its_loop_hangs),
    SUITE_TEST(takes_a_beat_from_the_future),
};

int main(void)
{
    return SUITE_RUN("http/health", tests);
}
