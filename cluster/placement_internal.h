/*
 * The plan in the making: what placement.c, placement_copies.c and
 * placement_leaders.c share. Nodes and zones go by their place in the arrays.
 */
#ifndef DALV_CLUSTER_PLACEMENT_INTERNAL_H
#define DALV_CLUSTER_PLACEMENT_INTERNAL_H

#include "cluster/placement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NOBODY = UINT16_MAX
};

struct planned_node {
    uint32_t node;
    uint32_t weight;
    uint16_t zone;
    uint32_t quota; /* Copies that it is to hold. */
    uint32_t load;  /* That it holds now. */
    uint32_t leader_quota;
    uint32_t leader_load;
};

/* Of each partition between `copy_min` and `copy_max` copies are in it. */
struct zone {
    uint32_t zone;
    uint32_t node_count;
    uint32_t weight;
    uint32_t copy_min;
    uint32_t copy_max;
    uint32_t quota;
};

/* Who holds a partition. */
struct holders {
    uint16_t nodes[MEMBER_SET_MAX];
    uint8_t count;
    uint16_t leader; /* NOBODY: none yet. */
};

/* A partition, and how much a node wants it: the less, the more. */
struct candidate {
    uint64_t cost;
    uint32_t partition;
};

struct planner {
    struct planned_node nodes[CLUSTER_NODES_MAX];
    uint16_t node_count;
    struct zone zones[CLUSTER_NODES_MAX];
    uint16_t zone_count;
    uint32_t zone_copy_min; /* The zones' minima, added. */
    uint32_t partition_count;
    uint32_t copy_count; /* Of each partition. */
    struct holders *partitions;
    struct candidate *candidates; /* Room for one a partition. */
};

/* A part of something that is cut up by weight. */
struct portion {
    uint32_t weight;
    uint32_t min;
    uint32_t max;
    uint32_t held; /* Whoever has more than its due rather keeps it. */
    uint32_t size; /* The result. */
    bool is_fixed;
};

/*
 * Cut `total` into portions by weight, each within its bounds, to the unit.
 * The sum of all `min` is at most `total`, that of all `max` at least.
 */
void portions_cut(struct portion *portions, size_t count, uint32_t total);

bool holders_has(const struct holders *holders, uint16_t node);
/* The node must not have it, and there must be room. */
void holders_add(struct planner *planner, uint32_t partition, uint16_t node);
void holders_remove(struct planner *planner, uint32_t partition, uint16_t node);

/*
 * Rendezvous: how little the node wants the partition, with the weight given.
 */
uint64_t rendezvous_cost(uint32_t node, uint32_t partition, uint32_t weight);

/* Give each partition its copies. */
void planner_place_copies(struct planner *planner);

/* Give each partition one of its holders as its leader. */
void planner_place_leaders(struct planner *planner);

/*
 * A shortest way from any node that has too much to one that has too little.
 * `step(planner, from, out_tos)` marks in `out_tos` all nodes that `from` can
 * give something to. `out_previous` names for each node on the way the one
 * before it, NOBODY for the first. Gives the last node, or NOBODY.
 */
struct path_search {
    const struct planner *planner;
    bool is_surplus[CLUSTER_NODES_MAX];
    bool is_deficit[CLUSTER_NODES_MAX];
    void (*step)(const struct planner *planner, uint16_t from, bool *out_tos);
    uint16_t previous[CLUSTER_NODES_MAX];
};

uint16_t path_search_run(struct path_search *search);

#endif
