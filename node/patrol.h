/*
 * Looks through one partition for chores.
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
    /* What was found. */
    struct list chores;      /* struct chore */
    bool is_whole;           /* There is no more than that. */
    uint64_t expiry_next_us; /* When the next value is due; UINT64_MAX. */
};

#endif
