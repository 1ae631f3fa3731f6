#include "base/map.h"

#include "base/prng.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SLOTS = 64,
    KEYS = 200,
    STEPS = 20000
};

static void finds_what_was_put_and_nothing_else(void)
{
    struct map_slot slots[8];
    struct map map;
    int one = 1;
    int two = 2;

    map_init(&map, slots, 8);
    map_put(&map, 7, &one);
    map_put(&map, 0, &two);
    CU_ASSERT_PTR_EQUAL(map_get(&map, 7), &one);
    CU_ASSERT_PTR_EQUAL(map_get(&map, 0), &two);
    CU_ASSERT_PTR_NULL(map_get(&map, 8));
    CU_ASSERT_PTR_EQUAL(map_remove(&map, 7), &one);
    CU_ASSERT_PTR_NULL(map_remove(&map, 7));
    CU_ASSERT_PTR_NULL(map_get(&map, 7));
    CU_ASSERT_EQUAL(map.count, 1);
}

static void needs_slots_that_are_not_filled_by_the_most_values(void)
{
    CU_ASSERT_EQUAL(map_slot_count(0), 16);
    CU_ASSERT_EQUAL(map_slot_count(11), 16);
    CU_ASSERT_EQUAL(map_slot_count(12), 32);
    CU_ASSERT_EQUAL(map_slot_count(24), 64);
    CU_ASSERT_EQUAL(map_slot_count(65536), 131072);
}

static void is_full_at_three_quarters(void)
{
    struct map_slot slots[8];
    struct map map;
    int value = 1;

    map_init(&map, slots, 8);
    for (uint64_t key = 0; key < 6; key++) {
        CU_ASSERT_FALSE(map_is_full(&map));
        map_put(&map, key, &value);
    }
    CU_ASSERT_TRUE(map_is_full(&map));
}

/* Removal moves items back; whatever the order, none gets lost. */
static void agrees_with_an_array_under_random_use(void)
{
    struct map_slot slots[SLOTS];
    int values[KEYS];
    int *expected[KEYS] = {0};
    struct map map;
    struct prng prng;

    map_init(&map, slots, SLOTS);
    prng_init(&prng, 42);
    for (int step = 0; step < STEPS; step++) {
        uint64_t key = prng_below(&prng, KEYS);

        if (expected[key] != NULL) {
            CU_ASSERT_PTR_EQUAL(map_remove(&map, key), expected[key]);
            expected[key] = NULL;
        } else if (!map_is_full(&map)) {
            expected[key] = &values[key];
            map_put(&map, key, expected[key]);
        }
        key = prng_below(&prng, KEYS);
        CU_ASSERT_PTR_EQUAL(map_get(&map, key), expected[key]);
    }
}

static void walks_over_every_value_once(void)
{
    struct map_slot slots[16];
    struct map map;
    int values[5] = {0};
    size_t cursor = 0;
    int *value;

    map_init(&map, slots, 16);
    for (uint64_t key = 0; key < 5; key++)
        map_put(&map, key * 1000, &values[key]);
    while ((value = map_next(&map, &cursor)) != NULL)
        (*value)++;
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(values[i], 1);
}

static const struct suite_test tests[] = {
    SUITE_TEST(finds_what_was_put_and_nothing_else),
    SUITE_TEST(needs_slots_that_are_not_filled_by_the_most_values),
    SUITE_TEST(is_full_at_three_quarters),
    SUITE_TEST(agrees_with_an_array_under_random_use),
    SUITE_TEST(walks_over_every_value_once),
};

int main(void)
{
    return SUITE_RUN("base/map", tests);
}
