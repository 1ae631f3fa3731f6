/*
 * Members: who counts, and that two majorities always meet.
 */
#include "tests/property/replication/schedule.h"
#include "tests/property/replication/stage.h"

enum {
    LONG_MS = 1000,
};

/* Four comes, three goes: an epoch is opened with both sets of members. */
static void change_members(struct world *world)
{
    struct member leaver = node_member(&world->nodes[3]);
    struct member comer = node_member(&world->nodes[4]);
    struct joint_set joint = world->records[0].joint;

    joint.old_members = joint.members;
    member_set_remove(&joint.members, &leaver);
    stage_expect(world, member_set_add(&joint.members, &comer),
                 "the schedule: the set is full");
    stage_open_with(world, &joint);
}

/*
 * RATIONALE 2: one and three hold an acknowledged entry; two and four are a
 * majority of the new members, and know nothing of it.
 */
void schedule_one_set_instead_of_two(struct world *world)
{
    stage_found(world, 1);
    stage_isolate(world, 2);
    (void)stage_commit(world, 1);
    stage_isolate(world, 1);
    stage_isolate(world, 3);
    stage_mend(world, 2, 4);
    stage_mend(world, 2, STAGE_DIRECTOR);
    stage_pass(world, STAGE_OVER_MS);
    change_members(world);
    if (stage_choose(world, 2, LONG_MS)) {
        stage_tell_all(world);
        stage_pass(world, LONG_MS);
    }
    stage_end(world);
}

/* One and four are a majority of the new members, and not of the old ones. */
void schedule_commit_by_one_set(struct world *world)
{
    uint64_t index;

    stage_found(world, 1);
    change_members(world);
    stage_expect(world, stage_choose(world, 1, LONG_MS),
                 "the schedule: nobody is chosen");
    stage_tell_all(world);
    stage_pass(world, STAGE_OVER_MS);
    stage_cut(world, 1, 2);
    stage_cut(world, 1, 3);
    index = stage_write(world, 1);
    stage_expect(world, index != 0, "the schedule: no write");
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world, !stage_is_acknowledged(world, index),
                 "committed by one set of two");
    stage_end(world);
}

/* RATIONALE 2: a learner holds it, and is no member yet. */
void schedule_learner_acknowledges(struct world *world)
{
    uint64_t index;

    stage_found(world, 1);
    stage_add_learner(world, 4);
    stage_tell_all(world);
    stage_pass(world, STAGE_OVER_MS);
    stage_cut(world, 1, 2);
    stage_cut(world, 1, 3);
    index = stage_write(world, 1);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world, stage_end_index(world, 4) == index,
                 "the schedule: the learner learns nothing");
    stage_expect(world, !stage_is_acknowledged(world, index),
                 "a learner's acknowledgement counts");
    stage_end(world);
}

/* A member's disk was lost; the new one is a learner, on the same node. */
void schedule_new_disk_in_a_members_place(struct world *world)
{
    uint64_t index;

    stage_found(world, 1);
    stage_wipe(world, 2);
    stage_add_learner(world, 2);
    stage_tell_all(world);
    stage_pass(world, STAGE_OVER_MS);
    stage_cut(world, 1, 3);
    index = stage_write(world, 1);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world, stage_end_index(world, 2) == index,
                 "the schedule: the learner learns nothing");
    stage_expect(world, !stage_is_acknowledged(world, index),
                 "a new disk counts for the lost one");
    stage_expect(world, !stage_read(world, 1),
                 "a new disk's echo counts for the lost one");
    stage_end(world);
}

/* PITFALLS: a wiped disk under the old number votes. */
void schedule_wiped_disk_votes(struct world *world)
{
    stage_found(world, 1);
    stage_isolate(world, 3);
    (void)stage_commit(world, 1);
    stage_isolate(world, 1);
    stage_wipe(world, 2);
    stage_mend(world, 2, 3);
    stage_mend(world, 2, STAGE_DIRECTOR);
    stage_mend(world, 3, STAGE_DIRECTOR);
    stage_pass(world, STAGE_OVER_MS);
    stage_open(world);
    if (stage_choose(world, 3, LONG_MS)) {
        stage_tell_all(world);
        stage_pass(world, LONG_MS);
    }
    stage_end(world);
}

/*
 * RATIONALE 15: a control store that was put back is found out by what the
 * copies know of their members; they know it from their logs.
 */
void schedule_members_are_known_after_a_restart(struct world *world)
{
    struct heartbeaten_part parts[DISK_PARTITIONS];
    uint8_t memory[DISK_PARTITIONS * DISK_MEMBERS_BYTES];
    struct writer known;
    struct replicator_report report = {
        .parts = parts, .part_max = DISK_PARTITIONS, .known = &known};

    stage_found(world, 1);
    change_members(world);
    stage_expect(world, stage_choose(world, 1, LONG_MS),
                 "the schedule: nobody is chosen");
    stage_tell_all(world);
    stage_pass(world, STAGE_OVER_MS);
    stage_restart(world, 2);
    writer_init(&known, memory, sizeof(memory));
    replicator_fill_report(world->nodes[2].replicator, 0, &report);
    for (size_t i = 0; i < report.part_count; i++)
        stage_expect(world,
                     parts[i].partition != 0 ||
                         (parts[i].known_epoch == world->records[0].epoch &&
                          parts[i].promised >= world->records[0].epoch),
                     "a copy forgot who its members are");
    stage_end(world);
}
