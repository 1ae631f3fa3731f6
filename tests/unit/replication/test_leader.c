/*
 * The master of epoch 7 on node 1; its slaves are the nodes 2 and 3. Its log
 * holds entries 3 to 12, durably: up to 8 they are of epoch 5, the epoch-start
 * entry is 9.
 */
#include "replication/leader.h"
#include "replication/peer.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>

struct scene {
    struct replica replica;
    struct leader leader;
    struct peer peers[2];
};

static struct member on_node(uint32_t node)
{
    struct member member = {.node = node};

    member.store.bytes[0] = (uint8_t)node;
    return member;
}

static struct log_position at(uint64_t epoch, uint64_t index)
{
    return (struct log_position){
        .epoch = epoch, .index = index, .crc = (uint32_t)(epoch * 100 + index)};
}

static void begin(struct scene *scene)
{
    *scene = (struct scene){.leader = {.epoch = 7, .begin_index = 9}};
    replica_init(&scene->replica, 0);
    scene->replica.leader = &scene->leader;
    scene->replica.record.epoch = 7;
    scene->replica.record.master = on_node(1);
    for (uint32_t node = 1; node <= 3; node++)
        scene->replica.record.joint.members.items[node - 1] = on_node(node);
    scene->replica.record.joint.members.count = 3;
    scene->leader.slot_count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        struct leader_slot *slot = &scene->leader.slots[i];

        peer_init(&scene->peers[i], i + 2);
        scene->peers[i].up.store = on_node(i + 2).store;
        slot->member = on_node(i + 2);
        slot->peer = &scene->peers[i];
        slot->replica = &scene->replica;
    }
    epochs_put(&scene->replica.epochs, 5, 3);
    epochs_put(&scene->replica.epochs, 7, 9);
    scene->replica.start = at(5, 2);
    scene->replica.end = at(7, 12);
    scene->replica.durable = at(7, 12);
    scene->replica.commit_index = 5;
}

static struct stream_part part_of(uint64_t promised, struct log_position end,
                                  uint64_t durable_index)
{
    return (struct stream_part){
        .epoch = promised, .end = end, .durable_index = durable_index};
}

static void hear(struct scene *scene, struct stream_part part)
{
    (void)leader_hear(&scene->leader, &scene->leader.slots[0], &part);
}

static void commits_what_a_majority_holds_durably(void)
{
    struct scene scene;

    begin(&scene);
    hear(&scene, part_of(7, at(7, 11), 10));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 10);
}

static void commits_nothing_that_it_has_not_synced_itself(void)
{
    struct scene scene;

    begin(&scene);
    scene.leader.slots[1].match_index = 12;
    hear(&scene, part_of(7, at(7, 12), 12));
    scene.replica.durable = at(7, 10);
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 10);
}

/* An older entry may still be replaced, whoever holds it. */
static void commits_no_older_epoch_by_counting(void)
{
    struct scene scene;

    begin(&scene);
    hear(&scene, part_of(7, at(5, 8), 8));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 5);
    hear(&scene, part_of(7, at(7, 9), 8));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 5);
    hear(&scene, part_of(7, at(7, 9), 9));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 9);
}

/* As long as the master's, and another one: it was not compared yet. */
static void counts_no_log_that_ends_in_an_older_epoch(void)
{
    struct scene scene;

    begin(&scene);
    hear(&scene, part_of(7, at(6, 12), 12));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 5);
}

static void counts_no_copy_that_is_not_whole(void)
{
    struct stream_part part = part_of(7, at(7, 12), 12);
    struct scene scene;

    begin(&scene);
    part.is_not_whole = true;
    hear(&scene, part);
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 5);
    CU_ASSERT_FALSE(scene.leader.slots[0].is_joined);
}

static void counts_no_other_disk_in_a_members_node(void)
{
    struct scene scene;

    begin(&scene);
    scene.peers[0].up.store.bytes[1] = 1;
    hear(&scene, part_of(7, at(7, 12), 12));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 5);
    CU_ASSERT_FALSE(scene.leader.slots[0].is_joined);
}

static void counts_nobody_who_promised_another(void)
{
    struct scene scene;

    begin(&scene);
    hear(&scene, part_of(7, at(7, 9), 9));
    CU_ASSERT_TRUE(scene.leader.slots[0].is_joined);
    hear(&scene, part_of(8, at(7, 12), 12));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 9);
    CU_ASSERT_FALSE(scene.leader.slots[0].is_joined);
    CU_ASSERT_EQUAL(scene.leader.outbid, 8);
}

static void counts_no_learner(void)
{
    struct scene scene;

    begin(&scene);
    scene.leader.slots[0].member = on_node(4);
    scene.peers[0].up.store = on_node(4).store;
    hear(&scene, part_of(7, at(7, 12), 12));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 5);
}

static void commits_by_both_sets_of_members(void)
{
    struct joint_set *joint;
    struct scene scene;

    begin(&scene);
    joint = &scene.replica.record.joint;
    joint->old_members.items[0] = on_node(1);
    joint->old_members.items[1] = on_node(3);
    joint->old_members.count = 2;
    hear(&scene, part_of(7, at(7, 12), 12));
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 5);
    scene.leader.slots[1].match_index = 11;
    CU_ASSERT_EQUAL(leader_commit_index(&scene.replica), 11);
}

static void trusts_no_stamp_while_a_seal_waits(void)
{
    struct stream_part part = part_of(7, at(7, 12), 12);
    struct scene scene;

    begin(&scene);
    scene.peers[0].up.echo_us = 400;
    hear(&scene, part);
    CU_ASSERT_EQUAL(leader_stamped_us(&scene.replica, 500), 400);
    part.is_sealing = true;
    hear(&scene, part);
    CU_ASSERT_EQUAL(leader_stamped_us(&scene.replica, 500), 0);
}

/* The epoch alone says nothing of damage. */
static void reads_an_entry_to_know_it(void)
{
    struct scene scene;

    begin(&scene);
    CU_ASSERT_EQUAL(leader_compare(&scene.replica, at(5, 6)),
                    LEADER_MATCH_READS);
    CU_ASSERT_EQUAL(leader_compare(&scene.replica, at(4, 6)), LEADER_DIVERGES);
    CU_ASSERT_EQUAL(leader_compare(&scene.replica, at(7, 12)), LEADER_MATCHES);
    CU_ASSERT_EQUAL(leader_compare(&scene.replica, at(6, 12)), LEADER_DIVERGES);
    CU_ASSERT_EQUAL(leader_compare(&scene.replica, at(7, 13)), LEADER_DIVERGES);
    CU_ASSERT_EQUAL(leader_compare(&scene.replica, at(5, 1)),
                    LEADER_REACHES_NOT);
}

static void names_the_end_of_what_may_be_common(void)
{
    struct scene scene;

    begin(&scene);
    CU_ASSERT_EQUAL(leader_common(&scene.replica, at(6, 11)).index, 8);
    CU_ASSERT_EQUAL(leader_common(&scene.replica, at(6, 11)).epoch, 5);
    CU_ASSERT_EQUAL(leader_common(&scene.replica, at(7, 13)).index, 12);
}

/* A slave that has everything: only the commit index is new to it. */
static struct leader_slot *slot_that_has_all(struct scene *scene)
{
    struct leader_slot *slot = &scene->leader.slots[0];

    begin(scene);
    uplink_open(&scene->peers[0].up, 1, 100);
    slot->state = SLOT_STREAMING;
    slot->next = scene->replica.end;
    return slot;
}

static void a_commit_waits_for_what_is_told_next(void)
{
    struct scene scene;
    struct leader_slot *slot = slot_that_has_all(&scene);
    struct uplink *up = &scene.peers[0].up;

    leader_tell_commit(slot, 500);
    leader_tell_commit(slot, 700);
    CU_ASSERT(queue_is_empty(&up->telling));
    CU_ASSERT_EQUAL(queue_count(&up->commits, 9), 1);
    CU_ASSERT_EQUAL(up->commits_us, 500);
    leader_tell_slot(slot);
    CU_ASSERT_EQUAL(queue_count(&up->telling, 9), 1);
    CU_ASSERT(queue_is_empty(&up->commits));
    leader_tell_commit(slot, 900);
    CU_ASSERT_EQUAL(queue_count(&up->telling, 9), 1);
    CU_ASSERT(queue_is_empty(&up->commits));
}

static void a_commit_is_told_at_once_to_whoever_lacks_entries(void)
{
    struct scene scene;
    struct leader_slot *slot = slot_that_has_all(&scene);

    slot->next = at(7, 11);
    leader_tell_commit(slot, 500);
    CU_ASSERT_EQUAL(queue_count(&scene.peers[0].up.telling, 9), 1);
    CU_ASSERT(queue_is_empty(&scene.peers[0].up.commits));
}

static void nothing_is_told_without_a_session(void)
{
    struct scene scene;
    struct leader_slot *slot = slot_that_has_all(&scene);

    uplink_close(&scene.peers[0].up);
    leader_tell_commit(slot, 500);
    leader_tell_slot(slot);
    CU_ASSERT(queue_is_empty(&scene.peers[0].up.telling));
    CU_ASSERT(queue_is_empty(&scene.peers[0].up.commits));
}

static const struct suite_test tests[] = {
    SUITE_TEST(commits_what_a_majority_holds_durably),
    SUITE_TEST(commits_nothing_that_it_has_not_synced_itself),
    SUITE_TEST(commits_no_older_epoch_by_counting),
    SUITE_TEST(counts_no_log_that_ends_in_an_older_epoch),
    SUITE_TEST(counts_no_copy_that_is_not_whole),
    SUITE_TEST(counts_no_other_disk_in_a_members_node),
    SUITE_TEST(counts_nobody_who_promised_another),
    SUITE_TEST(counts_no_learner),
    SUITE_TEST(commits_by_both_sets_of_members),
    SUITE_TEST(trusts_no_stamp_while_a_seal_waits),
    SUITE_TEST(reads_an_entry_to_know_it),
    SUITE_TEST(names_the_end_of_what_may_be_common),
    SUITE_TEST(a_commit_waits_for_what_is_told_next),
    SUITE_TEST(a_commit_is_told_at_once_to_whoever_lacks_entries),
    SUITE_TEST(nothing_is_told_without_a_session),
};

int main(void)
{
    return SUITE_RUN("replication/leader", tests);
}
