#include "cluster/member.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <string.h>

static struct member member_of(uint32_t node, uint8_t store)
{
    struct member member = {.node = node};

    memset(member.store.bytes, store, sizeof(member.store.bytes));
    return member;
}

/* A member a node, each with the store that is named as the node. */
static struct member_set set_of(const char *nodes)
{
    struct member_set set = {.count = 0};

    for (; *nodes != '\0'; nodes++) {
        struct member member =
            member_of((uint32_t)(*nodes - '0'), (uint8_t)*nodes);

        CU_ASSERT_TRUE(member_set_add(&set, &member));
    }
    return set;
}

static bool is_majority(const char *members, const char *old_members,
                        const char *voters)
{
    struct joint_set joint = {set_of(members), set_of(old_members)};
    struct joint_votes votes = {0};

    for (; *voters != '\0'; voters++) {
        struct member voter =
            member_of((uint32_t)(*voters - '0'), (uint8_t)*voters);

        joint_set_vote(&joint, &voter, &votes);
    }
    return joint_set_is_majority(&joint, &votes);
}

static void keeps_one_order_whatever_came_first(void)
{
    struct member_set a = set_of("312");
    struct member_set b = set_of("1232");

    CU_ASSERT_TRUE(member_set_equal(&a, &b));
    CU_ASSERT_EQUAL(a.count, 3);
    CU_ASSERT_EQUAL(a.items[0].node, 1);
    CU_ASSERT_EQUAL(a.items[2].node, 3);
}

static void takes_another_store_on_a_node_for_another_member(void)
{
    struct member_set set = set_of("123");
    struct member wiped = member_of(2, 0xEE);

    CU_ASSERT_FALSE(member_set_has(&set, &wiped));
    CU_ASSERT_EQUAL(member_set_on_node(&set, 2)->store.bytes[0], '2');
    CU_ASSERT_PTR_NULL(member_set_on_node(&set, 4));
}

static void holds_seven_and_no_more(void)
{
    struct member_set set = set_of("1234567");
    struct member eighth = member_of(8, 8);

    CU_ASSERT_FALSE(member_set_add(&set, &eighth));
    member_set_remove(&set, &set.items[3]);
    CU_ASSERT_TRUE(member_set_add(&set, &eighth));
    CU_ASSERT_EQUAL(set.items[3].node, 5);
    CU_ASSERT_EQUAL(set.items[6].node, 8);
}

static void removes_only_who_is_in_it(void)
{
    struct member_set set = set_of("13");
    struct member stranger = member_of(2, '2');

    member_set_remove(&set, &stranger);
    CU_ASSERT_EQUAL(set.count, 2);
}

static void needs_more_than_half(void)
{
    CU_ASSERT_TRUE(is_majority("1", "", "1"));
    CU_ASSERT_FALSE(is_majority("12", "", "1"));
    CU_ASSERT_TRUE(is_majority("123", "", "13"));
    CU_ASSERT_FALSE(is_majority("123", "", "2"));
    CU_ASSERT_FALSE(is_majority("1234", "", "12"));
    CU_ASSERT_TRUE(is_majority("12345", "", "125"));
}

/* The history of RATIONALE finding 2: {1,3} and {2,4} would never meet. */
static void needs_a_majority_of_each_while_members_change(void)
{
    CU_ASSERT_FALSE(is_majority("124", "123", "24"));
    CU_ASSERT_FALSE(is_majority("124", "123", "13"));
    CU_ASSERT_TRUE(is_majority("124", "123", "12"));
    CU_ASSERT_TRUE(is_majority("124", "123", "134"));
    CU_ASSERT_FALSE(is_majority("456", "123", "456"));
}

static void counts_a_vote_once_and_a_strangers_never(void)
{
    CU_ASSERT_FALSE(is_majority("123", "", "111"));
    CU_ASSERT_FALSE(is_majority("123", "", "1456789"));
}

static void knows_when_every_one_of_both_said_yes(void)
{
    struct joint_set joint = {set_of("12"), set_of("23")};
    struct joint_votes votes = {0};

    joint_set_vote(&joint, &joint.members.items[0], &votes);
    joint_set_vote(&joint, &joint.members.items[1], &votes);
    CU_ASSERT_FALSE(joint_set_is_all(&joint, &votes));
    joint_set_vote(&joint, &joint.old_members.items[1], &votes);
    CU_ASSERT_TRUE(joint_set_is_all(&joint, &votes));
    CU_ASSERT_FALSE(joint_set_is_settled(&joint));
}

static bool reads_as_a_set(const char *bytes, size_t size)
{
    struct member_set set;
    struct reader reader;

    reader_init(&reader, bytes_make(bytes, size));
    member_set_read(&reader, &set);
    return reader_is_finished(&reader);
}

#define READS(text) reads_as_a_set((text), sizeof(text) - 1)

#define STORE "0123456789abcdef"

static void reads_a_set_in_its_one_order_only(void)
{
    CU_ASSERT_TRUE(READS("\0"));
    CU_ASSERT_TRUE(READS("\2\1" STORE "\2" STORE));
    CU_ASSERT_FALSE(READS("\2\2" STORE "\1" STORE));
    CU_ASSERT_FALSE(READS("\2\1" STORE "\1" STORE));
    CU_ASSERT_FALSE(READS("\1\0" STORE));
    CU_ASSERT_FALSE(READS("\1\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    CU_ASSERT_FALSE(READS("\10"));
    CU_ASSERT_FALSE(READS("\1\1"));
    /* Node 2^32. */
    CU_ASSERT_FALSE(READS("\1\x80\x80\x80\x80\x10" STORE));
}

static const struct suite_test tests[] = {
    SUITE_TEST(keeps_one_order_whatever_came_first),
    SUITE_TEST(takes_another_store_on_a_node_for_another_member),
    SUITE_TEST(holds_seven_and_no_more),
    SUITE_TEST(removes_only_who_is_in_it),
    SUITE_TEST(needs_more_than_half),
    SUITE_TEST(needs_a_majority_of_each_while_members_change),
    SUITE_TEST(counts_a_vote_once_and_a_strangers_never),
    SUITE_TEST(knows_when_every_one_of_both_said_yes),
    SUITE_TEST(reads_a_set_in_its_one_order_only),
};

int main(void)
{
    return SUITE_RUN("cluster/member", tests);
}
