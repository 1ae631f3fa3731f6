#include "tests/sim/scenario.h"

#include <string.h>

const struct scenario scenarios[] = {
    {"late_request_of_an_old_identity", 1,
     scenario_late_request_of_an_old_identity},
    {"store_put_back_in_time", 1, scenario_store_put_back_in_time},
    {"retired_device_goes_on", 1, scenario_retired_device_goes_on},
    {"each_call_of_a_devices_disk_fails", 1,
     scenario_each_call_of_a_devices_disk_fails},
    {"replica_lost_before_an_erasure", 1,
     scenario_replica_lost_before_an_erasure},
    {"power_cut_behind_an_erasure", 1, scenario_power_cut_behind_an_erasure},
    {"device_away_during_an_erasure", 1,
     scenario_device_away_during_an_erasure},
    {"node_lost_before_its_answer", 1, scenario_node_lost_before_its_answer},
    {"node_lost_while_watched", 1, scenario_node_lost_while_watched},
    {"node_stopped_under_load", 1, scenario_node_stopped_under_load},
    {"each_call_of_the_nodes_disk_fails", 1,
     scenario_each_call_of_the_nodes_disk_fails},
    {"clock_jumps_around_an_expiry", 1, scenario_clock_jumps_around_an_expiry},
    {"master_lost_behind_its_sync", 3, scenario_master_lost_behind_its_sync},
    {"master_sleeps_over_writes", 3, scenario_master_sleeps_over_writes},
    {"router_is_cut_off", 3, scenario_router_is_cut_off},
    {"device_goes_to_the_other_router", 3,
     scenario_device_goes_to_the_other_router},
    {"snapshot_is_interrupted", 3, scenario_snapshot_is_interrupted},
    {"master_hears_of_its_end_late", 3, scenario_master_hears_of_its_end_late},
};

const size_t scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);

const struct scenario *scenario_find(const char *name)
{
    for (size_t i = 0; i < scenario_count; i++) {
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    }
    return NULL;
}
