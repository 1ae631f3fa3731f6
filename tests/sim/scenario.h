/*
 * Directed schedules: what goes wrong, and when, is written down, for failures
 * that random seeds come to rarely. Each is run with a few seeds, which vary
 * what it leaves open: how long things take, and how work is cut into pages.
 */
#ifndef DALV_TESTS_SIM_SCENARIO_H
#define DALV_TESTS_SIM_SCENARIO_H

#include <stddef.h>

struct world;

struct scenario {
    const char *name;
    size_t node_count;
    void (*run)(struct world *world);
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* NULL if there is none of that name. */
const struct scenario *scenario_find(const char *name);

/* In scenario_device.c. */
void scenario_late_request_of_an_old_identity(struct world *world);
void scenario_store_put_back_in_time(struct world *world);
void scenario_retired_device_goes_on(struct world *world);
void scenario_each_call_of_a_devices_disk_fails(struct world *world);

/* In scenario_erasure.c. */
void scenario_replica_lost_before_an_erasure(struct world *world);
void scenario_power_cut_behind_an_erasure(struct world *world);
void scenario_device_away_during_an_erasure(struct world *world);

/* In scenario_node.c. */
void scenario_node_lost_before_its_answer(struct world *world);
void scenario_node_lost_while_watched(struct world *world);
void scenario_node_stopped_under_load(struct world *world);
void scenario_each_call_of_the_nodes_disk_fails(struct world *world);
void scenario_clock_jumps_around_an_expiry(struct world *world);

/* In scenario_cluster.c. */
void scenario_master_lost_behind_its_sync(struct world *world);
void scenario_master_sleeps_over_writes(struct world *world);
void scenario_router_is_cut_off(struct world *world);
void scenario_device_goes_to_the_other_router(struct world *world);
void scenario_snapshot_is_interrupted(struct world *world);
void scenario_master_hears_of_its_end_late(struct world *world);

#endif
