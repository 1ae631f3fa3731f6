/*
 * Which nodes hold a partition, and which of them leads it.
 *
 * A pure function of (old placement, nodes, weights, zones): every machine that
 * computes it from the same map gets the same. Its rules, strongest first:
 *
 *   1. A partition has R copies on R nodes, or one on each node if there are
 *      fewer.
 *   2. They are spread over zones as evenly as nodes allow: all in different
 *      zones if there are R of them.
 *   3. Nodes hold copies by their weight, to within one copy, as far as rules
 *      1 and 2 allow (a zone of few nodes holds no less than its part).
 *   4. As few copies move as these permit.
 *   5. Leaders are spread by weight too, with as few changes.
 *
 * Where nothing was before, a node is chosen by rendezvous hashing ("highest
 * random weight": Thaler and Ravishankar, "Using name-based mappings to
 * increase hit rates", 1998) with XXH3 and weights (the least -log(u) / w:
 * Mosharaf, Schindelhauer and Schomaker, "Weighted distributed hash tables",
 * 2005), capped by each node's quota ("consistent hashing with bounded loads":
 * Mirrokni, Thorup and Zadimoghaddam, 2018). Shortest augmenting paths (Ford
 * and Fulkerson) then even out what greed left. All arithmetic is on integers.
 */
#ifndef DALV_CLUSTER_PLACEMENT_H
#define DALV_CLUSTER_PLACEMENT_H

#include "base/arena.h"
#include "base/status.h"
#include "cluster/cluster_map.h"
#include "cluster/member.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct placement_node {
    uint32_t node;   /* Its id. */
    uint32_t weight; /* At most CLUSTER_WEIGHT_MAX; 0: is to hold nothing. */
    uint32_t zone;   /* Nodes with the same number share a zone. */
};

/* Where one partition is; whoever leads stands first. */
struct place {
    uint32_t nodes[MEMBER_SET_MAX];
    uint8_t count;
    bool is_led; /* Old places: the first one leads; else nobody does. */
};

struct placement {
    const struct placement_node *nodes; /* Ascending by id. */
    size_t node_count;                  /* At most CLUSTER_NODES_MAX. */
    uint32_t partition_count;
    uint32_t replica_count;  /* 1 .. MEMBER_SET_MAX. */
    const struct place *old; /* One a partition; NULL: nothing was before. */
};

/* What an arena needs for placement_make. */
size_t placement_memory(uint32_t partition_count);

/*
 * One place a partition into `out_places`. DALV_UNAVAILABLE if no node may hold
 * anything, DALV_NO_MEMORY if the arena is too small; what it took is free
 * again afterwards.
 */
DALV_MUST_CHECK enum dalv_status placement_make(
    const struct placement *placement, struct arena *arena,
    struct place *out_places);

/*
 * The nodes of a map that hold or may hold copies: ACTIVE ones by their weight,
 * others that are not removed with none. Gives their number; `out_nodes` has
 * room for CLUSTER_NODES_MAX.
 */
size_t placement_nodes(const struct cluster_map *map,
                       struct placement_node *out_nodes);

/*
 * Where a map's record says that a partition is: the wanted members, led by its
 * master if that is one of them.
 */
struct place placement_place(const struct partition_record *record);

#endif
