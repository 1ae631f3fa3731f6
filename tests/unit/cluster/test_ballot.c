/*
 * Three members a, b, c on nodes 1, 2, 3 of epoch 7, unless a story says
 * otherwise. "5:9" is a log that ends with entry 9 of epoch 5.
 */
#include "cluster/ballot.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct member on_node(uint32_t node)
{
    struct member member = {.node = node};

    member.store.bytes[0] = (uint8_t)node;
    return member;
}

static struct member_set set_of(uint32_t first, uint32_t second, uint32_t third)
{
    struct member_set set = {.count = 3};

    set.items[0] = on_node(first);
    set.items[1] = on_node(second);
    set.items[2] = on_node(third);
    return set;
}

static struct ballot begin(void)
{
    struct joint_set joint = {.members = set_of(1, 2, 3)};
    struct ballot ballot;

    ballot_init(&ballot, 7, &joint);
    return ballot;
}

static struct ballot_vote vote_of(uint32_t node, uint64_t epoch, uint64_t index)
{
    return (struct ballot_vote){.member = on_node(node),
                                .boot_id = 100 + node,
                                .end = {.epoch = epoch, .index = index}};
}

static void vote(struct ballot *ballot, uint32_t node, uint64_t epoch,
                 uint64_t index)
{
    struct ballot_vote given = vote_of(node, epoch, index);

    ballot_put(ballot, 7, &given);
}

static void vote_uncertain(struct ballot *ballot, uint32_t node, uint64_t epoch,
                           uint64_t index)
{
    struct ballot_vote given = vote_of(node, epoch, index);

    given.is_uncertain = true;
    ballot_put(ballot, 7, &given);
}

static uint32_t winner(const struct ballot *ballot)
{
    const struct ballot_vote *chosen = ballot_choose(ballot, 3);

    return chosen == NULL ? 0 : chosen->member.node;
}

static void nobody_leads_before_a_majority_promised(void)
{
    struct ballot ballot = begin();

    CU_ASSERT_EQUAL(winner(&ballot), 0);
    vote(&ballot, 1, 5, 9);
    CU_ASSERT_EQUAL(winner(&ballot), 0);
    vote(&ballot, 1, 5, 9); /* A copy is no second vote. */
    CU_ASSERT_EQUAL(winner(&ballot), 0);
    vote(&ballot, 2, 5, 8);
    CU_ASSERT_EQUAL(winner(&ballot), 1);
}

static void the_newer_epoch_is_longer_than_more_entries(void)
{
    struct ballot ballot = begin();

    vote(&ballot, 1, 5, 900);
    vote(&ballot, 2, 6, 3);
    CU_ASSERT_EQUAL(winner(&ballot), 2);
    vote(&ballot, 3, 6, 4);
    CU_ASSERT_EQUAL(winner(&ballot), 3);
}

static void of_equal_logs_the_preferred_node_leads(void)
{
    struct ballot ballot = begin();

    vote(&ballot, 2, 5, 9);
    vote(&ballot, 1, 5, 9);
    CU_ASSERT_EQUAL(winner(&ballot), 2);
    vote(&ballot, 3, 5, 9);
    CU_ASSERT_EQUAL(winner(&ballot), 3);
}

static void strangers_and_other_epochs_do_not_vote(void)
{
    struct ballot ballot = begin();
    struct ballot_vote late = vote_of(2, 5, 9);

    vote(&ballot, 1, 5, 9);
    vote(&ballot, 4, 6, 99);
    ballot_put(&ballot, 6, &late);
    late.member.store.bytes[0] = 99; /* Node 2 with another disk. */
    ballot_put(&ballot, 7, &late);
    CU_ASSERT_EQUAL(winner(&ballot), 0);
}

/* It may lack what it acknowledged with somebody who has not voted. */
static void an_uncertain_member_counts_only_with_all_others(void)
{
    struct ballot ballot = begin();

    vote_uncertain(&ballot, 1, 5, 8);
    vote(&ballot, 2, 5, 7);
    CU_ASSERT_EQUAL(winner(&ballot), 0);
    vote_uncertain(&ballot, 3, 5, 9);
    CU_ASSERT_EQUAL(winner(&ballot), 3);
}

static void a_certain_majority_is_enough_and_the_uncertain_may_lead(void)
{
    struct ballot ballot = begin();

    vote_uncertain(&ballot, 1, 5, 9);
    vote(&ballot, 2, 5, 7);
    vote(&ballot, 3, 5, 7);
    CU_ASSERT_EQUAL(winner(&ballot), 1);
}

static void a_change_of_members_needs_a_majority_of_both_sets(void)
{
    struct joint_set joint = {.members = set_of(1, 2, 4),
                              .old_members = set_of(1, 2, 3)};
    struct ballot ballot;

    ballot_init(&ballot, 7, &joint);
    vote(&ballot, 2, 5, 7);
    vote(&ballot, 4, 5, 7);
    CU_ASSERT_EQUAL(winner(&ballot), 0);
    vote(&ballot, 3, 5, 9);
    CU_ASSERT_EQUAL(winner(&ballot), 3);
}

static const struct suite_test tests[] = {
    SUITE_TEST(nobody_leads_before_a_majority_promised),
    SUITE_TEST(the_newer_epoch_is_longer_than_more_entries),
    SUITE_TEST(of_equal_logs_the_preferred_node_leads),
    SUITE_TEST(strangers_and_other_epochs_do_not_vote),
    SUITE_TEST(an_uncertain_member_counts_only_with_all_others),
    SUITE_TEST(a_certain_majority_is_enough_and_the_uncertain_may_lead),
    SUITE_TEST(a_change_of_members_needs_a_majority_of_both_sets),
};

int main(void)
{
    return SUITE_RUN("cluster/ballot", tests);
}
