#include "base/sort.h"

#include "base/prng.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    ITEMS_MAX = 300,
};

/* Wider than one step of a swap, and not a multiple of it. */
struct item {
    uint32_t rank;
    uint8_t load[97];
};

static int by_rank(const void *a, const void *b)
{
    const struct item *left = a;
    const struct item *right = b;

    return (left->rank > right->rank) - (left->rank < right->rank);
}

static int by_letter(const void *a, const void *b)
{
    const char *left = a;
    const char *right = b;

    return *left - *right;
}

static void puts_items_into_order(void)
{
    char word[] = "replication";

    sort_items(word, strlen(word), 1, by_letter);
    CU_ASSERT_STRING_EQUAL(word, "aceiilnoprt");
}

static void leaves_nothing_and_one_as_they_are(void)
{
    char one[] = "x";

    sort_items(NULL, 0, 1, by_letter);
    sort_items(one, 1, 1, by_letter);
    CU_ASSERT_STRING_EQUAL(one, "x");
}

static bool is_whole(const struct item *item)
{
    for (size_t i = 0; i < sizeof(item->load); i++) {
        if (item->load[i] != (uint8_t)item->rank)
            return false;
    }
    return true;
}

static bool sorts(struct item *items, size_t count, struct prng *prng)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        items[i].rank = (uint32_t)prng_below(prng, 100);
        memset(items[i].load, (int)items[i].rank, sizeof(items[i].load));
        sum += items[i].rank;
    }
    sort_items(items, count, sizeof(items[0]), by_rank);
    for (size_t i = 0; i < count; i++) {
        sum -= items[i].rank;
        if (!is_whole(&items[i]) ||
            (i > 0 && items[i - 1].rank > items[i].rank))
            return false;
    }
    return sum == 0;
}

static void sorts_any_number_of_items(void)
{
    static struct item items[ITEMS_MAX];
    struct prng prng;

    prng_init(&prng, 7);
    for (size_t count = 0; count <= ITEMS_MAX; count++)
        CU_ASSERT_TRUE(sorts(items, count, &prng));
}

static void keeps_one_of_each(void)
{
    char word[] = "aabccccd";

    CU_ASSERT_EQUAL(sort_unique(word, 8, 1, by_letter), 4);
    CU_ASSERT_EQUAL(memcmp(word, "abcd", 4), 0);
    CU_ASSERT_EQUAL(sort_unique(word, 0, 1, by_letter), 0);
    CU_ASSERT_EQUAL(sort_unique(word, 4, 1, by_letter), 4);
}

static void finds_the_place_of_an_item(void)
{
    CU_ASSERT_EQUAL(sort_place("bdf", 3, 1, "a", by_letter), 0);
    CU_ASSERT_EQUAL(sort_place("bdf", 3, 1, "b", by_letter), 0);
    CU_ASSERT_EQUAL(sort_place("bdf", 3, 1, "c", by_letter), 1);
    CU_ASSERT_EQUAL(sort_place("bdf", 3, 1, "f", by_letter), 2);
    CU_ASSERT_EQUAL(sort_place("bdf", 3, 1, "g", by_letter), 3);
    CU_ASSERT_EQUAL(sort_place("bdddf", 5, 1, "d", by_letter), 1);
    CU_ASSERT_EQUAL(sort_place(NULL, 0, 1, "d", by_letter), 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(puts_items_into_order),
    SUITE_TEST(leaves_nothing_and_one_as_they_are),
    SUITE_TEST(sorts_any_number_of_items),
    SUITE_TEST(keeps_one_of_each),
    SUITE_TEST(finds_the_place_of_an_item),
};

int main(void)
{
    return SUITE_RUN("base/sort", tests);
}
