/*
 * What the index knows about upkeep: which chores there are, and what each of
 * them is to remove.
 *
 * It runs on the thread that owns the index.
 */
#ifndef DALV_NODE_CHORE_READER_H
#define DALV_NODE_CHORE_READER_H

#include "base/allocator.h"
#include "base/arena.h"
#include "base/status.h"
#include "node/patrol.h"
#include "node/turn.h"
#include "storage/index.h"

enum {
    PATROL_CHORES_MAX = 64,  /* Of one kind in one patrol. */
    PATROL_USERS_MAX = 64,   /* That one patrol walks over. */
    CHORE_EFFECTS_MAX = 500, /* In one record. */
};

/* Look for chores; what is found is made with `allocator`. */
DALV_MUST_CHECK enum dalv_status chore_reader_patrol(
    struct index *index, struct arena *arena, struct allocator *allocator,
    struct patrol *patrol);

/*
 * Find what the chores of a turn are to remove, into the turn's arena.
 * DALV_TOO_BIG: a larger one is needed.
 */
DALV_MUST_CHECK enum dalv_status chore_reader_find(struct index *index,
                                                   struct turn *turn);

#endif
