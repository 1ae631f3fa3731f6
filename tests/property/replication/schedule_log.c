/*
 * The log: (epoch, index) names one entry for ever, and what is committed
 * stays.
 */
#include "tests/property/replication/schedule.h"
#include "tests/property/replication/stage.h"

enum {
    LONG_MS = 1000,
    TRIES = 200,
};

/*
 * RATIONALE 1: a master streams an entry that it has not synced yet, dies, and
 * would go on in its epoch with another one in that place.
 */
void schedule_master_restarts_in_its_epoch(struct world *world)
{
    stage_found(world, 1);
    stage_hold_sync(world, 1);
    stage_expect(world, stage_write(world, 1) != 0, "the schedule: no write");
    stage_pass(world, STAGE_SHORT_MS);
    stage_restart(world, 1);
    stage_tell_all(world);
    stage_pass(world, LONG_MS);
    (void)stage_write(world, 1);
    stage_pass(world, LONG_MS);
    stage_elect(world, 2);
    stage_end(world);
}

/* One has an entry that nobody else has; two leads without it, alone with an
   entry of its own in that place. */
static uint64_t leave_an_entry_behind(struct world *world)
{
    uint64_t index;

    stage_found(world, 1);
    stage_isolate(world, 1);
    index = stage_write(world, 1);
    stage_expect(world, index != 0, "the schedule: no write");
    stage_pass(world, STAGE_OVER_MS);
    stage_cut(world, 2, 3);
    stage_open(world);
    stage_expect(world, stage_choose(world, 2, LONG_MS),
                 "the schedule: nobody is chosen");
    stage_tell(world, 2);
    stage_pass(world, STAGE_SHORT_MS);
    stage_crash(world, 2);
    stage_mend(world, 2, 3);
    stage_expect(world, stage_end_index(world, 3) < index,
                 "the schedule: the other entry was sent");
    return index;
}

/* One leads again, with three, and brings what it holds there, message by
   message, up to an index. */
static void bring_to_three(struct world *world, uint64_t index)
{
    for (size_t i = 0; i < TRIES && stage_end_index(world, 3) < index; i++) {
        (void)world_deliver(world, 1, 3, 1);
        stage_pass(world, 3);
    }
    stage_expect(world, stage_end_index(world, 3) == index,
                 "the schedule: an entry did not come alone");
}

static uint64_t lead_again(struct world *world)
{
    uint64_t index = leave_an_entry_behind(world);

    stage_mend(world, 1, 3);
    stage_mend(world, 1, STAGE_DIRECTOR);
    stage_open(world);
    stage_expect(world, stage_choose(world, 1, LONG_MS),
                 "the schedule: nobody is chosen");
    stage_gate(world, 1, 3, MESSAGE_STREAMED, GATE_HOLDS);
    stage_tell_all(world);
    stage_pass(world, STAGE_SHORT_MS);
    return index;
}

/* Then two, whose entry in that place is newer, leads again. */
static void let_two_lead(struct world *world)
{
    stage_isolate(world, 1);
    stage_start(world, 2);
    stage_elect(world, 2);
    stage_end(world);
}

/*
 * RATIONALE: entries of older epochs committed by counting. An old entry comes
 * to a majority, and nothing of the new epoch.
 */
void schedule_old_entry_held_by_most(struct world *world)
{
    bring_to_three(world, lead_again(world));
    stage_pass(world, STAGE_SHORT_MS);
    let_two_lead(world);
}

/* The same; the epoch's first entry comes too, and is durable at one only. */
void schedule_old_entry_is_durable_first(struct world *world)
{
    uint64_t index = lead_again(world);

    stage_hold_sync(world, 3);
    bring_to_three(world, index);
    bring_to_three(world, index + 1);
    stage_let_sync(world, 3);
    for (size_t i = 0; i < TRIES && !world->nodes[3].is_sync_held; i++) {
        world_run(world, world->now_us + 100);
        world->nodes[3].is_sync_held = stage_durable_index(world, 3) == index;
    }
    stage_pass(world, STAGE_SHORT_MS);
    stage_expect(world, stage_durable_index(world, 3) == index,
                 "the schedule: the old entry was not durable alone");
    stage_restart(world, 3);
    let_two_lead(world);
}

/*
 * RATIONALE 9: a second copy of DIVERGED arrives when the slave has taken, and
 * acknowledged, what the master has in place of what it cut.
 */
void schedule_diverged_comes_twice(struct world *world)
{
    (void)leave_an_entry_behind(world);
    stage_start(world, 2);
    stage_elect(world, 2);
    (void)stage_commit(world, 2);
    stage_gate(world, 2, 1, MESSAGE_STREAMED, GATE_COPIES);
    stage_mend(world, 1, 2);
    stage_mend(world, 1, STAGE_DIRECTOR);
    stage_isolate(world, 3);
    stage_tell(world, 1);
    stage_pass(world, STAGE_OVER_MS);
    (void)stage_commit(world, 2);
    (void)stage_commit(world, 2);
    gates_open(&world->gates, 2, 1);
    (void)world_deliver(world, 2, 1, WORLD_HELD_MAX);
    stage_pass(world, LONG_MS);
    stage_isolate(world, 2);
    stage_mend(world, 1, 3);
    stage_mend(world, 3, STAGE_DIRECTOR);
    stage_elect(world, 3);
    stage_end(world);
}

/* A majority holds it durably, and the master is not one of them. */
void schedule_master_syncs_last(struct world *world)
{
    uint64_t index;

    stage_found(world, 1);
    stage_hold_sync(world, 1);
    index = stage_write(world, 1);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world, stage_end_index(world, 3) == index,
                 "the schedule: it was not streamed while it is synced");
    stage_restart(world, 1);
    stage_elect(world, 1);
    stage_end(world);
}

/*
 * RATIONALE 8: what was acknowledged is in the new master's log, and it does
 * not know yet that it is committed.
 */
void schedule_read_before_the_epoch_start(struct world *world)
{
    uint64_t index;

    stage_found(world, 1);
    index = stage_write(world, 1);
    for (size_t i = 0; i < TRIES && stage_end_index(world, 2) < index; i++)
        world_run(world, world->now_us + 100);
    stage_cut(world, 1, 2);
    stage_pass(world, STAGE_SHORT_MS);
    stage_expect(world, stage_is_acknowledged(world, index),
                 "the schedule: a write is not acknowledged");
    stage_isolate(world, 1);
    stage_pass(world, STAGE_OVER_MS);
    stage_open(world);
    stage_expect(world, stage_choose(world, 2, LONG_MS),
                 "the schedule: nobody is chosen");
    stage_hold_sync(world, 3);
    stage_tell_all(world);
    for (size_t i = 0; i < 10; i++) {
        stage_pass(world, STAGE_SHORT_MS);
        (void)stage_read(world, 2);
    }
    stage_end(world);
}
