/*
 * Directed schedules: what goes wrong in replication, and when, is written
 * down, for failures that random seeds come to rarely. Each says which mistake
 * it is there for; docs/TESTING.md has the list. They are run with a few seeds,
 * which vary how long things take.
 */
#ifndef DALV_TESTS_PROPERTY_REPLICATION_SCHEDULE_H
#define DALV_TESTS_PROPERTY_REPLICATION_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

struct world;

struct schedule {
    const char *name;
    void (*run)(struct world *world);
    uint32_t node_count;
    uint32_t copy_count;
};

extern const struct schedule schedules[];
extern const size_t schedule_count;

/* In schedule_lease.c. */
void schedule_echo_lies_in_a_queue(struct world *world);
void schedule_lease_ends_at_its_master_first(struct world *world);
void schedule_slave_restarts_and_is_sealed(struct world *world);
void schedule_echo_of_who_promised_another(struct world *world);
void schedule_seal_waits_while_stamps_flow(struct world *world);
void schedule_farewell_is_lost(struct world *world);
void schedule_master_says_farewell(struct world *world);
void schedule_release_is_immediate(struct world *world);
void schedule_release_of_an_older_epoch(struct world *world);
void schedule_echo_within_a_long_round(struct world *world);

/* In schedule_promise.c. */
void schedule_acknowledgement_behind_a_promise(struct world *world);
void schedule_promise_lost_with_its_sync(struct world *world);
void schedule_seal_comes_again(struct world *world);
void schedule_nothing_is_taken_behind_a_promise(struct world *world);
void schedule_vote_of_an_uncertain_copy(struct world *world);
void schedule_copy_is_certain_too_early(struct world *world);
void schedule_vote_of_a_copy_that_is_not_whole(struct world *world);
void schedule_longest_log_leads(struct world *world);

/* In schedule_snapshot.c. */
void schedule_snapshot_while_writes_go_on(struct world *world);
void schedule_snapshot_is_interrupted(struct world *world);
void schedule_receiver_is_needed_for_a_vote(struct world *world);
void schedule_receiver_is_asked_too_late(struct world *world);

/* In schedule_log.c. */
void schedule_master_restarts_in_its_epoch(struct world *world);
void schedule_old_entry_held_by_most(struct world *world);
void schedule_old_entry_is_durable_first(struct world *world);
void schedule_diverged_comes_twice(struct world *world);
void schedule_master_syncs_last(struct world *world);
void schedule_read_before_the_epoch_start(struct world *world);

/* In schedule_members.c. */
void schedule_one_set_instead_of_two(struct world *world);
void schedule_commit_by_one_set(struct world *world);
void schedule_learner_acknowledges(struct world *world);
void schedule_new_disk_in_a_members_place(struct world *world);
void schedule_wiped_disk_votes(struct world *world);
void schedule_members_are_known_after_a_restart(struct world *world);

#endif
