/*
 * Which node leads which partition, as far as this router has heard.
 *
 * It learns from maps, and between two maps from nodes that say that they do
 * not lead: what carries a newer epoch wins, the record of a map over a hint.
 * While a partition is being opened its last master stays, that one may still
 * go on, until a node says who leads the new epoch. Nothing here gives a right
 * to anybody: a node that does not lead says so.
 */
#ifndef DALV_ROUTER_ROUTES_H
#define DALV_ROUTER_ROUTES_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "cluster/cluster_map.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ROUTE_SLAVES_MAX = 4, /* That are asked what need not be new. */
};

struct route {
    uint64_t epoch;
    uint64_t change;
    uint32_t node;   /* Who leads, or did last; 0: nobody is known. */
    bool is_opening; /* Nobody was heard to lead in that epoch yet. */
    uint32_t slaves[ROUTE_SLAVES_MAX];
    uint32_t slave_count;
    uint64_t slaves_rest_until_ms; /* One was too far behind just now. */
    uint32_t held_count;           /* Questions that wait for it. */
};

struct routes {
    struct allocator *allocator;
    struct cluster_version version;
    uint32_t partition_count; /* 0: no map was learnt yet. */
    struct route *items;
};

void routes_init(struct routes *routes, struct allocator *allocator);
void routes_deinit(struct routes *routes);

/*
 * False if there is no memory for it, or if it is the map of another cluster,
 * cut in another number of partitions: then nothing is learnt.
 */
bool routes_learn(struct routes *routes, const struct cluster_map *map);

/* True if that record would make another node lead than now. */
bool routes_would_move(const struct routes *routes, uint32_t partition,
                       const struct partition_record *record);

/* A node's word; true if another node leads now than before. */
bool routes_learn_hint(struct routes *routes, uint32_t partition,
                       uint64_t epoch, uint32_t node);

/* The partition of a user; there must be a map. */
uint32_t routes_partition(const struct routes *routes, struct bytes user);

#endif
