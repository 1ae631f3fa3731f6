#include "base/timers.h"

#include "base/prng.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

enum {
    COUNT = 500,
    SPAN_MS = 200000
};

static struct timers timers;

static void fires_never_before_its_time_and_soon_after(void)
{
    struct timer timer = {0};

    timers_init(&timers, 1000);
    CU_ASSERT_EQUAL(timers_next_ms(&timers), UINT64_MAX);
    timers_start(&timers, &timer, 1100);
    CU_ASSERT_PTR_NULL(timers_take(&timers, 1000));
    CU_ASSERT_PTR_NULL(timers_take(&timers, 1099));
    CU_ASSERT_PTR_EQUAL(timers_take(&timers, 1100 + TIMERS_TICK_MS), &timer);
    CU_ASSERT_FALSE(timer.is_started);
    CU_ASSERT_PTR_NULL(timers_take(&timers, 99999));
}

static void a_stopped_timer_stays_silent(void)
{
    struct timer one = {0};
    struct timer two = {0};

    timers_init(&timers, 0);
    timers_start(&timers, &one, 50);
    timers_start(&timers, &two, 50);
    timers_stop(&timers, &one);
    timers_stop(&timers, &one);
    CU_ASSERT_PTR_EQUAL(timers_take(&timers, 100), &two);
    CU_ASSERT_PTR_NULL(timers_take(&timers, 100));
    CU_ASSERT_EQUAL(timers.count, 0);
}

static void a_time_that_is_past_is_due_at_once(void)
{
    struct timer timer = {0};

    timers_init(&timers, 5000);
    timers_start(&timers, &timer, 10);
    CU_ASSERT(timers_next_ms(&timers) <= 5000);
    CU_ASSERT_PTR_EQUAL(timers_take(&timers, 5000), &timer);
}

/* Whoever sleeps until timers_next_ms misses nothing by more than a tick. */
static void keeps_its_promise_under_random_use(void)
{
    static struct timer items[COUNT];
    struct prng prng;
    uint64_t now_ms = 777;
    size_t fired = 0;

    prng_init(&prng, 7);
    timers_init(&timers, now_ms);
    for (size_t i = 0; i < COUNT; i++) {
        items[i] = (struct timer){0};
        timers_start(&timers, &items[i], now_ms + prng_below(&prng, SPAN_MS));
    }
    while (fired < COUNT) {
        struct timer *timer = timers_take(&timers, now_ms);

        if (timer == NULL) {
            uint64_t next_ms = timers_next_ms(&timers);

            CU_ASSERT_FATAL(next_ms > now_ms);
            now_ms = next_ms;
            continue;
        }
        fired++;
        CU_ASSERT(timer->due_ms <= now_ms);
        CU_ASSERT(now_ms < timer->due_ms + TIMERS_TICK_MS);
    }
}

static const struct suite_test tests[] = {
    SUITE_TEST(fires_never_before_its_time_and_soon_after),
    SUITE_TEST(a_stopped_timer_stays_silent),
    SUITE_TEST(a_time_that_is_past_is_due_at_once),
    SUITE_TEST(keeps_its_promise_under_random_use),
};

int main(void)
{
    return SUITE_RUN("base/timers", tests);
}
