/*
 * Promises and votes: whatever was acknowledged is in the log of the one who is
 * chosen.
 */
#include "tests/property/replication/schedule.h"
#include "tests/property/replication/stage.h"

enum {
    LONG_MS = 1000,
    LEASE_OVER_MS = 335, /* And the session is not. */
};

/* The chosen one is told, if there is any; what it lacks the judge sees. */
static void let_lead_if_chosen(struct world *world, bool is_chosen)
{
    if (!is_chosen)
        return;
    stage_tell_all(world);
    stage_pass(world, LONG_MS);
}

/*
 * RATIONALE 7: an entry is being synced when the seal comes. Its
 * acknowledgement leaves behind the promise, and the promise was told without
 * it.
 */
void schedule_acknowledgement_behind_a_promise(struct world *world)
{
    bool is_chosen;

    stage_found(world, 1);
    stage_cut(world, 1, 3);
    stage_pass(world, STAGE_OVER_MS);
    stage_hold_sync(world, 2);
    stage_expect(world, stage_write(world, 1) != 0, "the schedule: no write");
    stage_pass(world, STAGE_SHORT_MS);
    stage_cut(world, 1, STAGE_DIRECTOR);
    world->cut_until_us[1][2] = UINT64_MAX;
    stage_pass(world, LEASE_OVER_MS);
    stage_open(world);
    is_chosen = stage_choose(world, 3, 1);
    stage_gate(world, STAGE_DIRECTOR, 2, MESSAGE_SEAL, GATE_LOSES);
    stage_let_sync(world, 2);
    if (!is_chosen)
        is_chosen = stage_choose(world, 3, LONG_MS);
    stage_expect(world, is_chosen, "the schedule: nobody is chosen");
    let_lead_if_chosen(world, is_chosen);
    stage_end(world);
}

/*
 * A promise that is told before it is durable goes with a crash, and its node
 * acknowledges what the old master still sends.
 */
void schedule_promise_lost_with_its_sync(struct world *world)
{
    bool is_chosen;

    stage_gate(world, STAGE_DIRECTOR, 2, MESSAGE_START, GATE_COPIES);
    stage_found(world, 1);
    stage_isolate(world, 1);
    stage_pass(world, STAGE_OVER_MS);
    stage_hold_sync(world, 2);
    stage_open(world);
    is_chosen = stage_choose(world, 3, STAGE_SHORT_MS);
    stage_isolate(world, 2);
    stage_restart(world, 2);
    stage_mend(world, 1, 2);
    stage_expect(world, world_deliver(world, STAGE_DIRECTOR, 2, 1) == 1,
                 "the schedule: no record was held");
    stage_pass(world, LONG_MS);
    (void)stage_commit(world, 1);
    stage_mend(world, 2, 3);
    let_lead_if_chosen(world, is_chosen);
    stage_end(world);
}

/* An older seal, repeated, takes no promise back. */
void schedule_seal_comes_again(struct world *world)
{
    stage_gate(world, STAGE_DIRECTOR, 2, MESSAGE_SEAL, GATE_COPIES);
    stage_found(world, 1);
    stage_elect(world, 3);
    gates_open(&world->gates, STAGE_DIRECTOR, 2);
    stage_elect(world, 1);
    (void)stage_commit(world, 1);
    stage_isolate(world, 2);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world,
                 world_deliver(world, STAGE_DIRECTOR, 2, WORLD_HELD_MAX) > 1,
                 "the schedule: no seal was held");
    stage_pass(world, LONG_MS);
    (void)stage_commit(world, 1);
    stage_end(world);
}

/* What the old master sends to one who has promised another stays outside. */
void schedule_nothing_is_taken_behind_a_promise(struct world *world)
{
    uint64_t end_index;

    stage_found(world, 1);
    stage_cut(world, 1, STAGE_DIRECTOR);
    stage_cut(world, 3, STAGE_DIRECTOR);
    stage_open(world);
    stage_expect(world, !stage_choose(world, 2, LONG_MS),
                 "chosen by a minority");
    end_index = stage_end_index(world, 2);
    (void)stage_commit(world, 1);
    stage_pass(world, STAGE_SHORT_MS);
    stage_expect(world, stage_end_index(world, 2) == end_index,
                 "an entry was taken behind a promise");
    stage_end(world);
}

/* An entry is on one and two only; then two cuts it as if it were torn. */
static void lose_an_entry(struct world *world)
{
    struct node *node = &world->nodes[2];
    struct checkpoint older;

    stage_found(world, 1);
    stage_found_other(world, 1, 1);
    stage_found_other(world, 2, 1);
    stage_isolate(world, 3);
    older = node->disk.checkpoints[0];
    (void)stage_commit(world, 1);
    stage_crash(world, 2);
    node->disk.checkpoints[0] = older;
    stage_expect(world, disk_rot(&node->disk), "the schedule: nothing is torn");
    node->is_uncertain = true;
    stage_mend(world, 3, STAGE_DIRECTOR);
}

/* RATIONALE 13: a copy that may have lost what it acknowledged is no witness
   that nothing was. */
void schedule_vote_of_an_uncertain_copy(struct world *world)
{
    lose_an_entry(world);
    stage_isolate(world, 1);
    stage_start(world, 2);
    stage_mend(world, 2, 3);
    stage_pass(world, STAGE_OVER_MS);
    stage_open(world);
    let_lead_if_chosen(world, stage_choose(world, 3, LONG_MS));
    stage_end(world);
}

/* It is certain once it holds what the master had, durably: not before. */
void schedule_copy_is_certain_too_early(struct world *world)
{
    lose_an_entry(world);
    stage_start(world, 2);
    stage_hold_sync(world, 2);
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++)
        controller_start(world, &world->controllers[0], p, 2);
    stage_pass(world, STAGE_SHORT_MS);
    stage_expect(world, stage_end_index(world, 2) == stage_end_index(world, 1),
                 "the schedule: the entry did not come back");
    stage_isolate(world, 1);
    stage_restart(world, 2);
    stage_mend(world, 2, 3);
    stage_pass(world, STAGE_OVER_MS);
    stage_open(world);
    let_lead_if_chosen(world, stage_choose(world, 3, LONG_MS));
    stage_end(world);
}

/* Damage was found in its log: it knows that it lacks something. */
void schedule_vote_of_a_copy_that_is_not_whole(struct world *world)
{
    struct node *node = &world->nodes[2];

    lose_an_entry(world);
    node->is_uncertain = false;
    node->disk.checkpoints[0].is_not_whole = true;
    stage_isolate(world, 1);
    stage_start(world, 2);
    stage_mend(world, 2, 3);
    stage_pass(world, STAGE_OVER_MS);
    stage_open(world);
    let_lead_if_chosen(world, stage_choose(world, 3, LONG_MS));
    stage_end(world);
}

/* RATIONALE, sanity: who lacks what was acknowledged must not lead. */
void schedule_longest_log_leads(struct world *world)
{
    stage_found(world, 1);
    stage_isolate(world, 3);
    (void)stage_commit(world, 1);
    stage_isolate(world, 1);
    stage_mend(world, 3, 2);
    stage_mend(world, 3, STAGE_DIRECTOR);
    stage_elect(world, 3);
    stage_end(world);
}
