/*
 * One user's lane: writes wait in it for the user's next turn.
 *
 * A user has one turn at a time, and users take turns side by side: one who
 * asks for much delays nobody else.
 */
#ifndef DALV_NODE_LANE_H
#define DALV_NODE_LANE_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/map.h"
#include "base/status.h"
#include "node/request.h"
#include "node/turn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LANE_WAITING_MAX = 4096, /* Requests of one user. */
    LANE_CHORE_EVERY = 8,
    LANE_CHORES_IN_TURN = 64,
    LANE_WAITING_BYTES_MAX = 32 << 20, /* The same. */
};

struct lane {
    struct list_link link; /* Among those that are ready for a turn. */
    struct lane *next;     /* With the same hash. */
    uint64_t hash;
    uint32_t partition;
    bool is_ready;       /* In the list of ready ones. */
    struct list waiting; /* struct request. */
    size_t waiting_bytes;
    struct list chores;    /* struct chore; done when no write waits, ... */
    unsigned writes_count; /* ... or every LANE_CHORE_EVERY turns. */
    struct turn *turn;     /* Under way; NULL if none is. */
    size_t turn_bytes;     /* Arena of its next turn, at least. */
    size_t request_max;    /* Requests that its next turn takes. */
    size_t user_size;
    uint8_t user[];
};

struct lanes {
    struct allocator *allocator;
    struct map by_hash;
    struct list ready;
    size_t waiting_bytes; /* Of all. */
    size_t waiting_bytes_max;
    uint64_t seed; /* Secret: nobody can make users collide. */
};

struct lanes_options {
    struct allocator *allocator;
    struct map_slot *slots; /* As map_init wants them. */
    size_t slot_count;
    size_t waiting_bytes_max;
    uint64_t seed;
};

void lanes_init(struct lanes *lanes, const struct lanes_options *options);
/* All lanes must be idle. */
void lanes_deinit(struct lanes *lanes);

/*
 * Put a write behind the user's others and make the lane ready if it can be.
 * DALV_BUSY, and nothing was kept, if the user or all together have too much
 * waiting.
 */
DALV_MUST_CHECK enum dalv_status lanes_put(struct lanes *lanes,
                                           struct request *request);

/* Put a chore behind the user's others; taken unless DALV_BUSY. */
DALV_MUST_CHECK enum dalv_status lanes_put_chore(struct lanes *lanes,
                                                 struct chore *chore);

/* A lane that is ready for a turn; NULL if none is. */
struct lane *lanes_take_ready(struct lanes *lanes);

/* Lanes that were taken and could not have their turn are ready again. */
void lanes_put_back(struct lanes *lanes, struct list *taken);

/* The arena that the lane's next turn should have. */
size_t lane_turn_bytes(const struct lane *lane);

/*
 * Move requests to the lane's turn, as many as fit, ERASE alone; or chores of
 * one type.
 */
void lanes_fill_turn(struct lanes *lanes, struct lane *lane);

/* The turn did not fit: what it has waits again, before the others. */
void lanes_empty_turn(struct lanes *lanes, struct lane *lane);

/* The turn is over: ready for the next, or, with nothing to do, gone. */
void lanes_end_turn(struct lanes *lanes, struct lane *lane);

struct bytes lane_user(const struct lane *lane);

#endif
