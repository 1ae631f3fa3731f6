#include "base/prng.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdint.h>

/* xoshiro256** from the state 1, 2, 3, 4: the reference implementation's. */
static void follows_the_published_generator(void)
{
    struct prng prng = {.state = {1, 2, 3, 4}};

    CU_ASSERT_EQUAL(prng_next(&prng), 11520U);
    CU_ASSERT_EQUAL(prng_next(&prng), 0U);
    CU_ASSERT_EQUAL(prng_next(&prng), 1509978240U);
    CU_ASSERT_EQUAL(prng_next(&prng), 1215971899390074240U);
    CU_ASSERT_EQUAL(prng_next(&prng), 1216172134540287360U);
}

/* splitmix64 from the seed 0, as published with it. */
static void spreads_a_poor_seed(void)
{
    struct prng prng;

    prng_init(&prng, 0);
    CU_ASSERT_EQUAL(prng.state[0], 0xE220A8397B1DCDAFU);
    CU_ASSERT_EQUAL(prng.state[1], 0x6E789E6AA1B965F4U);
    CU_ASSERT_EQUAL(prng.state[2], 0x06C45D188009454FU);
    CU_ASSERT_EQUAL(prng.state[3], 0xF88BB8A8724C81ECU);
}

static void repeats_itself_from_the_same_seed(void)
{
    struct prng first;
    struct prng second;

    prng_init(&first, 42);
    prng_init(&second, 42);
    for (unsigned i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(prng_next(&first), prng_next(&second));
}

static void stays_below_the_bound_and_reaches_all_of_it(void)
{
    struct prng prng;
    unsigned seen[5] = {0};

    prng_init(&prng, 7);
    for (unsigned i = 0; i < 50000; i++) {
        uint64_t drawn = prng_below(&prng, 5);

        CU_ASSERT_TRUE_FATAL(drawn < 5);
        seen[drawn]++;
    }
    for (unsigned i = 0; i < 5; i++)
        CU_ASSERT_TRUE(seen[i] > 9600 && seen[i] < 10400);
    CU_ASSERT_EQUAL(prng_below(&prng, 1), 0);
}

/*
 * With a bound of three quarters of the range, a bare remainder would draw the
 * first third twice as often as the rest.
 */
static void favours_no_remainder(void)
{
    const uint64_t bound = 3U * (UINT64_C(1) << 62);
    struct prng prng;
    unsigned in_first_third = 0;

    prng_init(&prng, 11);
    for (unsigned i = 0; i < 30000; i++)
        in_first_third += prng_below(&prng, bound) < bound / 3;
    CU_ASSERT_TRUE(in_first_third > 9500 && in_first_third < 10500);
}

static void takes_the_chance_that_often(void)
{
    struct prng prng;
    unsigned taken = 0;

    prng_init(&prng, 3);
    for (unsigned i = 0; i < 40000; i++) {
        taken += prng_chance(&prng, 1, 4);
        CU_ASSERT_FALSE(prng_chance(&prng, 0, 4));
        CU_ASSERT_TRUE(prng_chance(&prng, 4, 4));
    }
    CU_ASSERT_TRUE(taken > 9600 && taken < 10400);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(follows_the_published_generator),
        SUITE_TEST(spreads_a_poor_seed),
        SUITE_TEST(repeats_itself_from_the_same_seed),
        SUITE_TEST(stays_below_the_bound_and_reaches_all_of_it),
        SUITE_TEST(favours_no_remainder),
        SUITE_TEST(takes_the_chance_that_often),
    };

    return SUITE_RUN("base/prng", tests);
}
