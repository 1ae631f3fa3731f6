/*
 * Copies of one partition on the nodes 1, 2, 3, ... that are asked who its
 * members are, after the control store was lost.
 */
#include "base/assert.h"
#include "control/recovery.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct recovery_word words[8];
static size_t count;
static struct partition_record record;

static struct member member_of(uint32_t node)
{
    struct member member = {.node = node};

    member.store.bytes[0] = (uint8_t)node;
    return member;
}

/* "123": the nodes of these digits. */
static struct member_set set_of(const char *nodes)
{
    struct member_set set = {0};

    for (size_t i = 0; nodes[i] != '\0'; i++) {
        struct member member = member_of((uint32_t)(nodes[i] - '0'));

        ASSERT(member_set_add(&set, &member));
    }
    return set;
}

static void begin(void)
{
    count = 0;
}

/* A node promised `heard`, and its log names members of the epoch `known`. */
static void hear(uint32_t node, uint64_t heard, uint64_t known,
                 const char *members, const char *old_members)
{
    words[count++] = (struct recovery_word){
        .member = member_of(node),
        .heard_epoch = heard,
        .known_epoch = known,
        .known = {.members = set_of(members),
                  .old_members = set_of(old_members)},
    };
}

static enum recovery_verdict decide(void)
{
    return recovery_decide(words, count, &record);
}

static void opens_an_epoch_above_all_that_was_heard_of(void)
{
    begin();
    hear(1, 7, 6, "123", "");
    hear(3, 9, 6, "123", "");
    CU_ASSERT_EQUAL(decide(), RECOVERY_DONE);
    CU_ASSERT_EQUAL(record.epoch, 1009);
    CU_ASSERT_EQUAL(record.state, PARTITION_OPENING);
    CU_ASSERT_EQUAL(record.change, 0);
    CU_ASSERT_EQUAL(record.joint.members.count, 3);
    CU_ASSERT_EQUAL(partition_record_check(&record), DALV_OK);
}

static void one_of_three_decides_nothing(void)
{
    begin();
    hear(2, 6, 6, "123", "");
    CU_ASSERT_EQUAL(decide(), RECOVERY_NO_MAJORITY);
    CU_ASSERT_EQUAL(record.joint.members.count, 3);
}

/* The newest sets are the ones, and those who were members before are not
   asked for any more. */
static void believes_the_newest_sets(void)
{
    begin();
    hear(1, 5, 4, "123", "");
    hear(2, 5, 5, "245", "");
    hear(3, 5, 4, "123", "");
    CU_ASSERT_EQUAL(decide(), RECOVERY_NO_MAJORITY);
    hear(5, 5, 4, "123", "");
    CU_ASSERT_EQUAL(decide(), RECOVERY_DONE);
    CU_ASSERT_EQUAL(record.joint.members.items[1].node, 4);
}

static void a_later_change_of_the_same_epoch_is_newer(void)
{
    begin();
    hear(1, 5, 5, "124", "123");
    hear(2, 5, 5, "124", "");
    words[1].known_change = 3;
    CU_ASSERT_EQUAL(decide(), RECOVERY_DONE);
    CU_ASSERT_EQUAL(record.joint.old_members.count, 0);
}

/* While members are being changed a majority of both sets must answer. */
static void wants_both_sets_of_a_change(void)
{
    begin();
    hear(4, 5, 5, "345", "123");
    hear(5, 5, 5, "345", "123");
    CU_ASSERT_EQUAL(decide(), RECOVERY_NO_MAJORITY);
    hear(1, 4, 4, "123", "");
    hear(2, 4, 4, "123", "");
    CU_ASSERT_EQUAL(decide(), RECOVERY_DONE);
    CU_ASSERT_EQUAL(record.joint.old_members.count, 3);
}

static void another_disk_of_a_node_is_another_member(void)
{
    begin();
    hear(1, 5, 5, "123", "");
    hear(2, 5, 5, "123", "");
    words[1].member.store.bytes[0] = 99;
    CU_ASSERT_EQUAL(decide(), RECOVERY_NO_MAJORITY);
}

static void what_no_log_names_is_unknown(void)
{
    begin();
    hear(1, 5, 0, "", "");
    CU_ASSERT_EQUAL(decide(), RECOVERY_UNKNOWN);
    begin();
    CU_ASSERT_EQUAL(decide(), RECOVERY_UNKNOWN);
}

static const struct suite_test tests[] = {
    SUITE_TEST(opens_an_epoch_above_all_that_was_heard_of),
    SUITE_TEST(one_of_three_decides_nothing),
    SUITE_TEST(believes_the_newest_sets),
    SUITE_TEST(a_later_change_of_the_same_epoch_is_newer),
    SUITE_TEST(wants_both_sets_of_a_change),
    SUITE_TEST(another_disk_of_a_node_is_another_member),
    SUITE_TEST(what_no_log_names_is_unknown),
};

int main(void)
{
    return SUITE_RUN("control/recovery", tests);
}
