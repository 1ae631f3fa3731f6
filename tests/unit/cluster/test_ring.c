#include "cluster/ring.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static uint32_t place(const char *user, uint32_t count)
{
    return ring_partition(bytes_from_text(user), count);
}

/* XXH3_64bits of nothing is 2d06800538d394c2 by its specification. */
static void puts_a_user_where_every_version_looks_for_it(void)
{
    CU_ASSERT_EQUAL(place("", 16), 0x2);
    CU_ASSERT_EQUAL(place("", 65536), 0x2d06);
    CU_ASSERT_EQUAL(place("", 1), 0);
}

static void takes_powers_of_two_only(void)
{
    CU_ASSERT_TRUE(ring_is_partition_count(1));
    CU_ASSERT_TRUE(ring_is_partition_count(1024));
    CU_ASSERT_TRUE(ring_is_partition_count(65536));
    CU_ASSERT_FALSE(ring_is_partition_count(0));
    CU_ASSERT_FALSE(ring_is_partition_count(1000));
    CU_ASSERT_FALSE(ring_is_partition_count(131072));
}

/* Twice as many partitions split each in two and move nothing else. */
static void splits_a_partition_in_two_halves(void)
{
    static const char *const users[] = {"alice", "bob", "carol", "dave"};

    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(place(users[i], 1024), place(users[i], 2048) / 2);
}

static const struct suite_test tests[] = {
    SUITE_TEST(puts_a_user_where_every_version_looks_for_it),
    SUITE_TEST(takes_powers_of_two_only),
    SUITE_TEST(splits_a_partition_in_two_halves),
};

int main(void)
{
    return SUITE_RUN("cluster/ring", tests);
}
