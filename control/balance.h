/*
 * Which partition shall be led by another of its members, so that nodes lead by
 * their weight: one at a time, and none while the cluster is unsettled.
 *
 *   RESTING --- quiet for a while, and a node leads far from its share -->
 * MOVING ^                                                                   |
 *      +------ no single change would make two nodes more alike <----------+
 *      +------ a node came or went, or members are being changed <---------+
 *
 * 1. It begins when a node is two leads and a tenth of its share away from it,
 *    and ends when nothing can be bettered: so nothing flaps in between.
 * 2. Each change is a switchover to a member that holds everything. It has some
 *    seconds; what takes longer is given up, and the cluster rests again.
 * 3. Each makes the two nodes more alike by one lead: it comes to an end.
 */
#ifndef DALV_CONTROL_BALANCE_H
#define DALV_CONTROL_BALANCE_H

#include "cluster/cluster_map.h"
#include "control/copies.h"
#include "control/roster.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BALANCE_REST_MS = 10000,    /* Since anything unsettled the cluster. */
    BALANCE_PATIENCE_MS = 5000, /* For one switchover. */
    BALANCE_PAUSE_MS = 200,     /* Between two. */
    BALANCE_LEADS_MIN = 2,
    BALANCE_SHARE_PART = 10,
};

enum balance_state {
    BALANCE_RESTING,
    BALANCE_MOVING,
};

/* Embedded by its owner, who may read `state`. */
struct balance {
    enum balance_state state;
    uint32_t rest_ms;
    uint64_t next_ms;   /* Look for something to do then. */
    uint32_t partition; /* Being handed over, if `node` is set; ... */
    uint32_t node;      /* ... to this one. */
    uint64_t epoch;     /* It was decided in. */
    uint64_t patience_ms;
};

/* What it looks at; everything is borrowed for the call. */
struct balance_view {
    const struct cluster_map *map;
    const struct roster *roster;
    struct copies *copies; /* One a partition. */
    /* Somebody else changes something: operators, repairs, a rebalancing. */
    bool is_unsettled;
};

void balance_init(struct balance *balance, uint32_t rest_ms, uint64_t now_ms);

/* A node came, went or began anew: rest, and look again later. */
void balance_disturb(struct balance *balance, uint64_t now_ms);

/* Look, if it is time. */
void balance_step(struct balance *balance, const struct balance_view *view,
                  uint64_t now_ms);

/* Who shall lead the partition by its will; 0: it has none. */
uint32_t balance_leader(const struct balance *balance, uint32_t partition);

#endif
