/*
 * What `dalv rebalance` would change, computed from the map alone.
 *
 * The controller knows besides which nodes are away; here all that are active
 * are taken to be there.
 */
#ifndef DALV_CLI_REBALANCE_PLAN_H
#define DALV_CLI_REBALANCE_PLAN_H

#include "cluster/placement_moves.h"

#include <dalv/status.h>

/* Owns its memory. */
struct rebalance_plan {
    struct place *old_places;
    struct place *new_places;
    uint32_t partition_count;
};

/* DALV_UNAVAILABLE if no node is active, DALV_NO_MEMORY. Release it in any
   case. */
DALV_MUST_CHECK enum dalv_status rebalance_plan_make(
    const struct cluster_map *map, struct rebalance_plan *out_plan);
void rebalance_plan_release(struct rebalance_plan *plan);

#endif
