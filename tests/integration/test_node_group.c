#include "tests/support/node_group.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

enum {
    LARGE_BYTES = 700 << 10
};

static void commits_by_a_majority(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 1, "ann", "color"), "blue");
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "color"),
                           "not master");
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    CU_ASSERT_TRUE(node_group_follows(group, 3, 1));
    node_group_close(&group);
}

static void goes_on_without_its_master(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    node_group_stop(group, 1);
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 2));
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "color"), "blue");
    CU_ASSERT_EQUAL(node_group_put(group, 2, "ann", "size", "L"), DALV_OK);
    /* It comes back as a slave, and takes what it missed. */
    node_group_start(group, 1);
    CU_ASSERT_TRUE(node_group_follows(group, 1, 2));
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 1, "ann", "size"), "L");
    node_group_close(&group);
}

static void has_everything_after_all_were_away(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 3));
    CU_ASSERT_EQUAL(node_group_put(group, 3, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_EQUAL(node_group_put(group, 3, "bob", "color", "red"), DALV_OK);
    for (uint32_t i = 1; i <= NODE_GROUP_NODES; i++)
        node_group_stop(group, i);
    for (uint32_t i = 1; i <= NODE_GROUP_NODES; i++)
        node_group_start(group, i);
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 3));
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 3, "ann", "color"), "blue");
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 3, "bob", "color"), "red");
    node_group_close(&group);
}

/* Its log refuses what the master of epoch 1 streams, which ends nothing. */
static void goes_on_while_its_log_refuses_a_master(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    node_group_promise(group, 2, 2);
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 3, 1));
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "size", "L"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 2));
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "color"), "blue");
    node_group_close(&group);
}

static void obeys_no_controller_that_is_no_router(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_EQUAL(node_group_command(group, 3, MESSAGE_HEARTBEAT), DALV_OK);
    CU_ASSERT_EQUAL(node_group_command(group, 3, MESSAGE_SEAL), DALV_OK);
    CU_ASSERT_EQUAL(node_group_command(group, 3, MESSAGE_START), DALV_OK);
    node_group_doubt(group, 3);
    CU_ASSERT_EQUAL(node_group_command(group, 3, MESSAGE_HEARTBEAT),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(node_group_command(group, 3, MESSAGE_SEAL),
                    DALV_NOT_PERMITTED);
    CU_ASSERT_EQUAL(node_group_command(group, 3, MESSAGE_START),
                    DALV_NOT_PERMITTED);
    node_group_close(&group);
}

/* As if by itself: the others have all of it. */
static void replaces_a_copy_that_cannot_be_read(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    node_group_damage(group, 2);
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "size", "L"), DALV_OK);
    CU_ASSERT_TRUE(node_group_is_whole(group, 2));
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 2));
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "color"), "blue");
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "size"), "L");
    node_group_close(&group);
}

/* A page takes what one question asks for, but holds at least one value. */
static void replaces_a_copy_with_a_value_larger_than_a_page(void)
{
    struct node_group *group = node_group_open();
    static char value[LARGE_BYTES];

    memset(value, 'x', sizeof(value) - 1);
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "film", value), DALV_OK);
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "size", "L"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    node_group_damage(group, 2);
    CU_ASSERT_TRUE(node_group_is_whole(group, 2));
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 2));
    CU_ASSERT_EQUAL(node_group_get(group, 2, "ann", "film")[0], 'x');
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "size"), "L");
    node_group_close(&group);
}

/* What it once acknowledged is gone: an empty copy must not vote for less. */
static void counts_for_nothing_after_a_restart_before_it_is_replaced(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    node_group_stop(group, 1);
    CU_ASSERT_TRUE(node_group_counts(group, 2));
    node_group_damage(group, 2);
    node_group_stop(group, 2);
    node_group_start(group, 2);
    CU_ASSERT_FALSE(node_group_counts(group, 2));
    node_group_start(group, 1);
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_TRUE(node_group_is_whole(group, 2));
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 2));
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "color"), "blue");
    node_group_close(&group);
}

static void replaces_what_is_damaged_on_its_disk(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_EQUAL(node_group_put(group, 1, "bob", "color", "red"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    node_group_stop(group, 2);
    node_group_rot(group, 2);
    node_group_start(group, 2);
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "size", "L"), DALV_OK);
    CU_ASSERT_TRUE(node_group_is_whole(group, 2));
    CU_ASSERT_TRUE(node_group_follows(group, 2, 1));
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 2));
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "color"), "blue");
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "bob", "color"), "red");
    CU_ASSERT_STRING_EQUAL(node_group_get(group, 2, "ann", "size"), "L");
    node_group_close(&group);
}

static void drops_what_it_is_no_member_of_any_more(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 3, 1));
    node_group_expel(group, 3);
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_TRUE(node_group_is_empty(group, 3));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "size", "L"), DALV_OK);
    node_group_close(&group);
}

static void drops_what_it_was_expelled_from_while_it_was_away(void)
{
    struct node_group *group = node_group_open();

    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    CU_ASSERT_EQUAL(node_group_put(group, 1, "ann", "color", "blue"), DALV_OK);
    CU_ASSERT_TRUE(node_group_follows(group, 3, 1));
    node_group_stop(group, 3);
    node_group_expel(group, 3);
    CU_ASSERT_TRUE_FATAL(node_group_elect(group, 1));
    node_group_start(group, 3);
    CU_ASSERT_TRUE(node_group_is_empty(group, 3));
    node_group_close(&group);
}

static const struct suite_test tests[] = {
    SUITE_TEST(commits_by_a_majority),
    SUITE_TEST(goes_on_without_its_master),
    SUITE_TEST(has_everything_after_all_were_away),
    SUITE_TEST(goes_on_while_its_log_refuses_a_master),
    SUITE_TEST(obeys_no_controller_that_is_no_router),
    SUITE_TEST(replaces_a_copy_that_cannot_be_read),
    SUITE_TEST(replaces_a_copy_with_a_value_larger_than_a_page),
    SUITE_TEST(counts_for_nothing_after_a_restart_before_it_is_replaced),
    SUITE_TEST(replaces_what_is_damaged_on_its_disk),
    SUITE_TEST(drops_what_it_is_no_member_of_any_more),
    SUITE_TEST(drops_what_it_was_expelled_from_while_it_was_away),
};

int main(void)
{
    return SUITE_RUN("three nodes", tests);
}
