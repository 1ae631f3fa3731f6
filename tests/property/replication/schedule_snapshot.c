/*
 * Snapshots: a copy that is too far behind for the log becomes equal whatever
 * happens meanwhile, and is nothing before.
 */
#include "tests/property/replication/schedule.h"
#include "tests/property/replication/stage.h"

enum {
    TRIES = 200,
    PAUSE_MS = 5,
};

/* One's log begins behind what three has, and no page arrives by itself. */
static void leave_three_behind(struct world *world)
{
    struct node *master = &world->nodes[1];

    stage_found(world, 1);
    stage_isolate(world, 3);
    for (size_t i = 0; i < TRIES && master->copies[0].start.index <=
                                        stage_end_index(world, 3);
         i++) {
        (void)stage_commit(world, 1);
        stage_pass(world, PAUSE_MS);
        node_release(world, master, 0);
    }
    stage_expect(world,
                 master->copies[0].start.index > stage_end_index(world, 3),
                 "the schedule: the log reaches back");
    stage_gate(world, 1, 3, MESSAGE_CAUGHT_UP, GATE_HOLDS);
    for (uint32_t i = 1; i < WORLD_ENDS; i++)
        stage_mend(world, 3, i);
    for (size_t i = 0; i < TRIES && world->held_count == 0; i++)
        stage_pass(world, PAUSE_MS);
    stage_expect(world, world->held_count > 0,
                 "the schedule: no page was asked for");
}

/* Pages come one by one, and something is written in between. */
static void bring_pages(struct world *world, size_t max)
{
    for (size_t i = 0; i < max; i++) {
        (void)stage_commit(world, 1);
        (void)world_deliver(world, 1, 3, 1);
        stage_pass(world, PAUSE_MS);
        if (!world->nodes[3].is_staging[0] && stage_read(world, 3))
            return;
    }
}

static void expect_whole(struct world *world)
{
    bring_pages(world, TRIES);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world, !world->nodes[3].is_staging[0],
                 "a snapshot does not end");
    stage_expect(world, stage_read(world, 3),
                 "no read at a copy that is whole");
    stage_end(world);
}

/* Pages are read at different places of the log: only when all up to the newest
   is applied nothing is half there. */
void schedule_snapshot_while_writes_go_on(struct world *world)
{
    leave_three_behind(world);
    expect_whole(world);
}

/* By the end of its process, twice, with some pages stored. */
void schedule_snapshot_is_interrupted(struct world *world)
{
    leave_three_behind(world);
    for (size_t pages = 1; pages <= 2; pages++) {
        stage_pass(world, STAGE_OVER_MS);
        bring_pages(world, pages);
        stage_restart(world, 3);
        stage_tell(world, 3);
    }
    expect_whole(world);
}

/*
 * One disk is lost and the master is started anew while the third copy receives
 * a snapshot. Nobody leads without its vote, and without a master its snapshot
 * never ends.
 */
void schedule_receiver_is_needed_for_a_vote(struct world *world)
{
    leave_three_behind(world);
    bring_pages(world, 2);
    stage_wipe(world, 2);
    stage_restart(world, 1);
    gates_open(&world->gates, 1, 3);
    stage_elect(world, 3);
    stage_expect(world, stage_is_leading(world, 1),
                 "the longest log does not lead");
    (void)stage_commit(world, 1);
    stage_end(world);
}

/* All pages are there and the log was begun anew, but what was written between
   the first page and the last has not come: it is nothing yet. */
void schedule_receiver_is_asked_too_late(struct world *world)
{
    leave_three_behind(world);
    stage_pass(world, STAGE_OVER_MS);
    stage_gate(world, 1, 3, MESSAGE_STREAMED, GATE_HOLDS);
    for (size_t i = 0; i < TRIES && !world->nodes[3].is_staging[0]; i++)
        bring_pages(world, 1);
    stage_isolate(world, 1);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world,
                 world->nodes[3].is_staging[0] && world->nodes[3].is_marked[0],
                 "the schedule: pages are missing");
    stage_open(world);
    stage_expect(world, !stage_choose(world, 2, STAGE_OVER_MS),
                 "a copy votes that is being replaced");
    stage_end(world);
}
