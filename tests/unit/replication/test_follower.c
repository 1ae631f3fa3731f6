/*
 * A slave of epoch 7 whose log ends, durably, with entry 9 of epoch 5; entries
 * 1 to 4 are of epoch 3, those behind of epoch 5; 6 are applied. What says one
 * thing twice is there on purpose: sessions keep most of it from ever coming.
 */
#include "replication/follower.h"
#include "replication/peer.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static struct peer master;

static struct log_position at(uint64_t epoch, uint64_t index)
{
    return (struct log_position){
        .epoch = epoch, .index = index, .crc = (uint32_t)(epoch * 100 + index)};
}

static struct replica begin(void)
{
    struct replica replica;

    replica_init(&replica, 0);
    epochs_put(&replica.epochs, 3, 1);
    epochs_put(&replica.epochs, 5, 5);
    replica.end = at(5, 9);
    replica.durable = at(5, 9);
    replica.commit_index = 6;
    replica.told_index = 6;
    replica.applied_index = 6;
    replica.promised = 7;
    replica.promised_durable = 7;
    replica.record.epoch = 7;
    replica.master = &master;
    return replica;
}

static struct entry_run run_of(struct log_position before,
                               struct log_position end)
{
    return (struct entry_run){
        .before = before, .end = end, .bytes = bytes_from_text("entries")};
}

static struct streamed_part diverged(struct log_position before,
                                     struct log_position common)
{
    return (struct streamed_part){.verdict = STREAM_DIVERGED,
                                  .epoch = 7,
                                  .before = before,
                                  .end = common};
}

static void takes_what_follows_its_end(void)
{
    struct replica replica = begin();
    struct entry_run run = run_of(at(5, 9), at(7, 10));

    CU_ASSERT_TRUE(follower_takes(&replica, &run, 7));
}

static void takes_nothing_behind_a_promise_to_another(void)
{
    struct replica replica = begin();
    struct entry_run run = run_of(at(5, 9), at(7, 10));

    replica.promised = 8;
    CU_ASSERT_FALSE(follower_takes(&replica, &run, 7));
    CU_ASSERT_FALSE(follower_obeys(&replica, 7));
}

static void takes_nothing_behind_another_entry_of_its_index(void)
{
    struct replica replica = begin();
    struct log_position other = at(5, 9);
    struct entry_run run = run_of(at(4, 9), at(7, 10));

    CU_ASSERT_FALSE(follower_takes(&replica, &run, 7));
    other.crc++;
    run = run_of(other, at(7, 10));
    CU_ASSERT_FALSE(follower_takes(&replica, &run, 7));
}

static void takes_nothing_newer_than_its_master(void)
{
    struct replica replica = begin();
    struct entry_run run = run_of(at(5, 9), at(8, 10));

    CU_ASSERT_FALSE(follower_takes(&replica, &run, 7));
}

static void takes_nothing_while_it_is_cut(void)
{
    struct replica replica = begin();
    struct entry_run run = run_of(at(5, 9), at(7, 10));

    replica.is_cutting = true;
    CU_ASSERT_FALSE(follower_takes(&replica, &run, 7));
}

static void cuts_to_what_both_have(void)
{
    struct replica replica = begin();
    struct streamed_part part = diverged(at(5, 9), at(5, 7));
    uint64_t kept = 0;

    CU_ASSERT_EQUAL(follower_judge_cut(&replica, &part, &kept), FOLLOWER_CUT);
    CU_ASSERT_EQUAL(kept, 7);
}

static void cuts_at_least_the_last_entry(void)
{
    struct replica replica = begin();
    struct streamed_part part = diverged(at(5, 9), at(6, 20));
    uint64_t kept = 0;

    CU_ASSERT_EQUAL(follower_judge_cut(&replica, &part, &kept), FOLLOWER_CUT);
    CU_ASSERT_EQUAL(kept, 8);
}

/* A second copy, or a late one: its end is another one by now. */
static void cuts_for_no_other_position(void)
{
    struct replica replica = begin();
    struct streamed_part part = diverged(at(5, 8), at(5, 7));
    uint64_t kept = 99;

    CU_ASSERT_EQUAL(follower_judge_cut(&replica, &part, &kept),
                    FOLLOWER_CUT_NOT);
    CU_ASSERT_EQUAL(kept, 99);
}

static void cuts_nothing_while_entries_are_under_way(void)
{
    struct replica replica = begin();
    struct streamed_part part = diverged(at(5, 9), at(5, 7));
    uint64_t kept = 0;

    replica.durable = at(5, 8);
    CU_ASSERT_EQUAL(follower_judge_cut(&replica, &part, &kept),
                    FOLLOWER_CUT_NOT);
}

static void calls_it_damage_when_what_was_applied_is_to_go(void)
{
    struct replica replica = begin();
    struct streamed_part part = diverged(at(5, 9), at(5, 5));
    uint64_t kept = 0;

    CU_ASSERT_EQUAL(follower_judge_cut(&replica, &part, &kept),
                    FOLLOWER_CUT_DAMAGE);
}

static void calls_it_damage_when_an_entry_of_this_epoch_is_to_go(void)
{
    struct replica replica = begin();
    struct streamed_part part = diverged(at(7, 9), at(7, 8));
    uint64_t kept = 0;

    replica.end = at(7, 9);
    replica.durable = at(7, 9);
    CU_ASSERT_EQUAL(follower_judge_cut(&replica, &part, &kept),
                    FOLLOWER_CUT_DAMAGE);
}

/* To its old master at once, to the one whom it was promised when durable. */
static void tells_a_promise_to_another_before_it_is_durable(void)
{
    struct replica replica = begin();

    replica.promised = 8;
    CU_ASSERT_EQUAL(follower_position(&replica).epoch, 8);
    replica.record.epoch = 8;
    CU_ASSERT_EQUAL(follower_position(&replica).epoch, 7);
    replica.promised_durable = 8;
    CU_ASSERT_EQUAL(follower_position(&replica).epoch, 8);
}

static void tells_only_what_is_durable(void)
{
    struct replica replica = begin();

    replica.end = at(7, 12);
    CU_ASSERT_EQUAL(follower_position(&replica).end.index, 12);
    CU_ASSERT_EQUAL(follower_position(&replica).durable_index, 9);
}

static const struct suite_test tests[] = {
    SUITE_TEST(takes_what_follows_its_end),
    SUITE_TEST(takes_nothing_behind_a_promise_to_another),
    SUITE_TEST(takes_nothing_behind_another_entry_of_its_index),
    SUITE_TEST(takes_nothing_newer_than_its_master),
    SUITE_TEST(takes_nothing_while_it_is_cut),
    SUITE_TEST(cuts_to_what_both_have),
    SUITE_TEST(cuts_at_least_the_last_entry),
    SUITE_TEST(cuts_for_no_other_position),
    SUITE_TEST(cuts_nothing_while_entries_are_under_way),
    SUITE_TEST(calls_it_damage_when_what_was_applied_is_to_go),
    SUITE_TEST(calls_it_damage_when_an_entry_of_this_epoch_is_to_go),
    SUITE_TEST(tells_a_promise_to_another_before_it_is_durable),
    SUITE_TEST(tells_only_what_is_durable),
};

int main(void)
{
    return SUITE_RUN("replication/follower", tests);
}
