/* The session of a pair of nodes: what counts, and what is over with it. */
#include "base/bounds.h"
#include "replication/peer.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

static void counts_each_message_once_and_in_order(void)
{
    uint64_t received = 0;

    CU_ASSERT_EQUAL(session_take(&received, 1), SESSION_NEXT);
    CU_ASSERT_EQUAL(session_take(&received, 2), SESSION_NEXT);
    CU_ASSERT_EQUAL(session_take(&received, 2), SESSION_PAST);
    CU_ASSERT_EQUAL(session_take(&received, 1), SESSION_PAST);
    CU_ASSERT_EQUAL(received, 2);
}

static void calls_what_is_missing_a_gap(void)
{
    uint64_t received = 4;

    CU_ASSERT_EQUAL(session_take(&received, 6), SESSION_GAP);
    CU_ASSERT_EQUAL(received, 4);
}

static void forgets_stamps_with_the_session(void)
{
    struct peer peer;

    peer_init(&peer, 2);
    uplink_open(&peer.up, 1, 100);
    peer.up.stamp_us = 50;
    peer.up.echo_us = 40;
    peer.up.slave_stamp = 30;
    uplink_open(&peer.up, 2, 100);
    CU_ASSERT_EQUAL(peer.up.stamp_us, 0);
    CU_ASSERT_EQUAL(peer.up.echo_us, 0);
    CU_ASSERT_EQUAL(peer.up.slave_stamp, 0);
}

/* What was promised by taking one outlives the session. */
static void remembers_when_a_stamp_was_taken(void)
{
    struct peer peer;

    peer_init(&peer, 2);
    downlink_open(&peer.down, 1, 100, 5);
    peer.down.stamp = 60;
    peer.down.stamped_us = 70;
    peer.down.echo_us = 65;
    downlink_open(&peer.down, 2, 100, 80);
    CU_ASSERT_EQUAL(peer.down.stamp, 0);
    CU_ASSERT_EQUAL(peer.down.echo_us, 0);
    CU_ASSERT_EQUAL(peer.down.stamped_us, 70);
}

static void makes_room_for_a_few_runs_of_all_that_waits(void)
{
    static struct queue_link waiting[BOUNDS_PARTITIONS_LISTED_MAX];
    struct peer peer;

    peer_init(&peer, 2);
    CU_ASSERT_EQUAL(uplink_part_count(&peer.up), 0);
    queue_put(&peer.up.telling, &waiting[0]);
    CU_ASSERT_EQUAL(uplink_part_count(&peer.up), 4);
    queue_put(&peer.up.farewells, &waiting[1]);
    CU_ASSERT_EQUAL(uplink_part_count(&peer.up), 8);
    for (size_t i = 2; i < BOUNDS_PARTITIONS_LISTED_MAX; i++)
        queue_put(&peer.up.telling, &waiting[i]);
    CU_ASSERT_EQUAL(uplink_part_count(&peer.up), BOUNDS_PARTITIONS_LISTED_MAX);
}

static const struct suite_test tests[] = {
    SUITE_TEST(counts_each_message_once_and_in_order),
    SUITE_TEST(calls_what_is_missing_a_gap),
    SUITE_TEST(forgets_stamps_with_the_session),
    SUITE_TEST(remembers_when_a_stamp_was_taken),
    SUITE_TEST(makes_room_for_a_few_runs_of_all_that_waits),
};

int main(void)
{
    return SUITE_RUN("replication/peer", tests);
}
