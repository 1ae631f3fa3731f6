#include "router/links.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void numbers_nodes_and_numbers_them_anew(void)
{
    static struct links links;
    uint16_t first = links_add(&links, 70);
    uint16_t second = links_add(&links, 80);

    CU_ASSERT_NOT_EQUAL(first, second);
    CU_ASSERT_EQUAL(links_add(&links, 70), first);
    CU_ASSERT_EQUAL(links_find(&links, 80), second);
    CU_ASSERT_EQUAL(links_find(&links, 90), LINK_NONE);
    CU_ASSERT_EQUAL(links_find(&links, 0), LINK_NONE);
    links_remove(&links, first);
    CU_ASSERT_EQUAL(links_find(&links, 70), LINK_NONE);
    CU_ASSERT_EQUAL(links_add(&links, 90), first);
}

static void counts_who_is_attached(void)
{
    static struct links links;
    uint16_t link = links_add(&links, 7);

    CU_ASSERT_FALSE(links_is_attached(&links, link));
    CU_ASSERT_FALSE(links_is_attached(&links, LINK_NONE));
    links_attach(&links, link);
    links_attach(&links, link);
    CU_ASSERT_TRUE(links_is_attached(&links, link));
    CU_ASSERT_EQUAL(links.attached_count, 1);
    links_remove(&links, link);
    CU_ASSERT_EQUAL(links.attached_count, 0);
}

static void has_room_for_every_node_of_a_cluster(void)
{
    static struct links links;

    for (uint32_t node = 1; node <= LINKS_MAX; node++)
        CU_ASSERT_NOT_EQUAL(links_add(&links, node), LINK_NONE);
    CU_ASSERT_EQUAL(links_add(&links, LINKS_MAX + 1), LINK_NONE);
}

static void knows_the_only_one_of_a_set(void)
{
    struct link_set set = {{0}};

    CU_ASSERT_TRUE(link_set_is_empty(&set));
    CU_ASSERT_EQUAL(link_set_only(&set), LINK_NONE);
    link_set_add(&set, 200);
    CU_ASSERT_EQUAL(link_set_only(&set), 200);
    link_set_add(&set, 3);
    CU_ASSERT_EQUAL(link_set_only(&set), LINK_NONE);
    link_set_remove(&set, 200);
    CU_ASSERT_EQUAL(link_set_only(&set), 3);
    CU_ASSERT_TRUE(link_set_has(&set, 3));
    CU_ASSERT_FALSE(link_set_has(&set, 200));
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(numbers_nodes_and_numbers_them_anew),
        SUITE_TEST(counts_who_is_attached),
        SUITE_TEST(has_room_for_every_node_of_a_cluster),
        SUITE_TEST(knows_the_only_one_of_a_set),
    };

    return SUITE_RUN("router/links", tests);
}
