/*
 * Looks through one partition for chores.
 *
 * Most of them are listed by the index. What only time makes, tombstones and
 * conflicts that grow old of a user whom nobody writes to, is found by a walk
 * over all users, a few in each patrol.
 *
 * It runs on the thread that owns the index; the patrol is its own until it
 * goes back to the core.
 */
#ifndef DALV_NODE_PATROL_H
#define DALV_NODE_PATROL_H

#include "base/allocator.h"
#include "base/list.h"
#include "base/status.h"
#include "node/chore.h"

#include <stdbool.h>
#include <stdint.h>

struct patrol {
    struct list_link link;
    uint32_t partition;
    uint64_t now_us;
    bool has_walk;      /* It walks on, ... */
    size_t walked_size; /* ... behind this user, and up to it when it is */
    uint8_t walked[BOUNDS_USER_ID_MAX]; /* back. */
    /* What was found. */
    struct list chores;      /* struct chore */
    bool is_whole;           /* There is no more than that. */
    bool is_walk_whole;      /* The walk has come to the end. */
    uint64_t expiry_next_us; /* When the next value is due; UINT64_MAX. */
};

#endif
