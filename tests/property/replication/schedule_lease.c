/*
 * Leases: no read is older than it may be, however late what is said arrives,
 * and whoever forgets.
 */
#include "tests/property/replication/schedule.h"
#include "tests/property/replication/stage.h"

enum {
    BEAT_MS = 60,
    SOON_MS = 120, /* A switchover with a release takes less. */
};

/*
 * RATIONALE 6a: a lease that is counted from the receipt of its echo. What the
 * slave said lies in a queue until another leads.
 */
void schedule_echo_lies_in_a_queue(struct world *world)
{
    stage_found(world, 1);
    stage_cut(world, 1, 3);
    stage_gate(world, 2, 1, MESSAGE_STREAM, GATE_HOLDS);
    stage_pass(world, 3 * BEAT_MS);
    stage_isolate(world, 1);
    stage_pass(world, STAGE_OVER_MS);
    stage_elect(world, 3);
    (void)stage_commit(world, 3);
    stage_expect(world, world_deliver(world, 2, 1, WORLD_HELD_MAX) > 1,
                 "the schedule: no echo was held");
    stage_pass(world, 1);
    (void)stage_read(world, 1);
    stage_end(world);
}

/* Both count from the same stamp: the master until 0.9 L, the slaves until
   1.1 L, and not a moment longer or shorter. */
void schedule_lease_ends_at_its_master_first(struct world *world)
{
    stage_found(world, 1);
    world->cut_until_us[1][2] = UINT64_MAX;
    world->cut_until_us[1][3] = UINT64_MAX;
    stage_pass(world, BEAT_MS + 5);
    stage_isolate(world, 1);
    stage_elect(world, 3);
    (void)stage_commit(world, 3);
    (void)stage_read(world, 1);
    stage_end(world);
}

/*
 * RATIONALE 6b: a slave that restarts forgets that it refuses seals, while its
 * master still counts on that.
 */
void schedule_slave_restarts_and_is_sealed(struct world *world)
{
    stage_found(world, 1);
    stage_cut(world, 1, 3);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world, stage_read(world, 1), "the schedule: no lease by one");
    stage_isolate(world, 1);
    stage_restart(world, 2);
    stage_elect(world, 3);
    (void)stage_commit(world, 3);
    (void)stage_read(world, 1);
    stage_end(world);
}

/*
 * RATIONALE 6c: a slave echoes stamps for the sake of another partition, and
 * has promised this one to another. It was started anew, so that no seal is
 * waiting, and hears of the old record late.
 */
void schedule_echo_of_who_promised_another(struct world *world)
{
    stage_gate(world, STAGE_DIRECTOR, 2, MESSAGE_START, GATE_COPIES);
    stage_found(world, 1);
    gates_open(&world->gates, STAGE_DIRECTOR, 2);
    stage_found_other(world, 1, 1);
    stage_cut(world, 1, 3);
    stage_cut(world, 1, STAGE_DIRECTOR);
    stage_restart(world, 2);
    controller_start(world, &world->controllers[0], 1, 2);
    stage_open(world);
    stage_expect(world, stage_choose(world, 3, 1000),
                 "the schedule: nobody is chosen");
    stage_expect(world, world_deliver(world, STAGE_DIRECTOR, 2, 1) == 1,
                 "the schedule: no record was held");
    stage_pass(world, STAGE_SHORT_MS);
    stage_tell_all(world);
    stage_pass(world, 3 * BEAT_MS);
    (void)stage_commit(world, 3);
    stage_pass(world, BEAT_MS);
    (void)stage_read(world, 1);
    stage_end(world);
}

/*
 * A lease must run out although its master lives and beats, or nobody whom no
 * controller hears is ever replaced; and it must run out at the master too.
 */
void schedule_seal_waits_while_stamps_flow(struct world *world)
{
    stage_found(world, 1);
    stage_cut(world, 1, STAGE_DIRECTOR);
    stage_open(world);
    stage_expect(world, !stage_choose(world, 2, STAGE_LEASE_MS - BEAT_MS),
                 "sealed while a lease held");
    stage_gate(world, 2, 1, MESSAGE_STREAM, GATE_HOLDS);
    stage_gate(world, 3, 1, MESSAGE_STREAM, GATE_HOLDS);
    stage_expect(world, stage_choose(world, 2, STAGE_OVER_MS),
                 "a lease goes on for ever");
    stage_tell_all(world);
    stage_pass(world, STAGE_SHORT_MS);
    (void)stage_commit(world, 2);
    (void)stage_read(world, 1);
    stage_end(world);
}

/* One and three go on without two, who hears its old master for the sake of
   another partition. */
static void hand_over_behind_two(struct world *world)
{
    stage_found(world, 1);
    stage_found_other(world, 1, 1);
    stage_expect(world, stage_read(world, 2),
                 "the schedule: no read at the slave");
    stage_cut(world, 2, 3);
    stage_cut(world, 2, STAGE_DIRECTOR);
}

/* A slave that is not told of it trusts echoes of who leads no more. */
void schedule_master_says_farewell(struct world *world)
{
    hand_over_behind_two(world);
    stage_elect(world, 3);
    (void)stage_commit(world, 3);
    stage_pass(world, 2 * BEAT_MS);
    (void)stage_read(world, 2);
    stage_end(world);
}

/* The same, and the message that says so is lost: what follows is a gap. */
void schedule_farewell_is_lost(struct world *world)
{
    hand_over_behind_two(world);
    stage_gate(world, 1, 2, MESSAGE_STREAMED, GATE_LOSES);
    stage_elect(world, 3);
    gates_open(&world->gates, 1, 2);
    (void)stage_commit(world, 3);
    stage_pass(world, 2 * BEAT_MS);
    (void)stage_read(world, 2);
    stage_end(world);
}

/* A master that promises another serves nothing more: nobody waits for it. */
void schedule_release_is_immediate(struct world *world)
{
    uint64_t begun_us;

    stage_found(world, 1);
    begun_us = world->now_us;
    stage_elect(world, 2);
    stage_expect(world, world->now_us < begun_us + SOON_MS * 1000,
                 "a release was waited for");
    (void)stage_commit(world, 2);
    (void)stage_read(world, 1);
    stage_end(world);
}

/* What an older master released says nothing about the lease of the next. */
void schedule_release_of_an_older_epoch(struct world *world)
{
    stage_found(world, 1);
    stage_elect(world, 2);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world, stage_read(world, 2), "the schedule: no lease");
    stage_isolate(world, 2);
    stage_elect(world, 3);
    (void)stage_commit(world, 3);
    (void)stage_read(world, 2);
    stage_end(world);
}

/*
 * A master wakes up and finds messages of a slave on which its lease does not
 * rest. It learns only at the end of the round that it has no lease any more;
 * what it answers before must not vouch for anything.
 */
void schedule_echo_within_a_long_round(struct world *world)
{
    struct node *master = &world->nodes[1];

    stage_found(world, 1);
    stage_gate(world, STAGE_DIRECTOR, 2, MESSAGE_START, GATE_HOLDS);
    stage_found_other(world, 2, 1);
    stage_found_other(world, 2, 3);
    stage_gate(world, 1, 2, MESSAGE_STREAMED, GATE_HOLDS);
    stage_pass(world, STAGE_LEASE_MS);
    (void)world_deliver(world, 1, 2, WORLD_HELD_MAX);
    stage_pass(world, 1);
    gates_open(&world->gates, 1, 2);
    stage_expect(world, stage_read(world, 1) && stage_read(world, 2),
                 "the schedule: no lease");
    stage_gate(world, 2, 1, MESSAGE_STREAM, GATE_HOLDS);
    master->paused_until_us = world->now_us + 2000000;
    for (uint32_t i = 3; i < WORLD_ENDS; i++) {
        stage_cut(world, 1, i);
        stage_cut(world, 2, i);
    }
    stage_elect(world, 3);
    (void)stage_commit(world, 3);
    stage_pass(world, BEAT_MS);
    stage_expect(world, world_deliver(world, STAGE_DIRECTOR, 2, 1) == 1,
                 "the schedule: no record was held");
    stage_pass(world, 2);
    master->paused_until_us = 0;
    master->is_in_round = true;
    (void)world_deliver(world, 2, 1, WORLD_HELD_MAX);
    stage_pass(world, 2);
    (void)stage_read(world, 2);
    master->is_in_round = false;
    stage_end(world);
}
