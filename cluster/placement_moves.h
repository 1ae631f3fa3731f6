/*
 * What has to be done to get from one placement to another, in order.
 *
 * First partitions with too few copies get more, then copies move, then what is
 * too much goes, at last leaders change: at no time are there fewer copies than
 * before, and no node leads what it has not got.
 */
#ifndef DALV_CLUSTER_PLACEMENT_MOVES_H
#define DALV_CLUSTER_PLACEMENT_MOVES_H

#include "cluster/placement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum placement_move_type {
    PLACEMENT_ADD,  /* A further copy, on `to`. */
    PLACEMENT_MOVE, /* A copy goes from `from` to `to`. */
    PLACEMENT_DROP, /* The copy on `from` goes. */
    PLACEMENT_LEAD, /* `to` leads instead of `from`, 0 if nobody did. */
};

struct placement_move {
    enum placement_move_type type;
    uint32_t partition;
    uint32_t from;
    uint32_t to;
};

/* Both placements are borrowed until the walk is over. */
struct placement_moves {
    const struct place *old_places;
    const struct place *new_places;
    uint32_t partition_count;
    enum placement_move_type type; /* Where the walk is. */
    uint32_t partition;
    size_t index;
};

void placement_moves_init(struct placement_moves *moves,
                          const struct place *old_places,
                          const struct place *new_places,
                          uint32_t partition_count);

/* The next one; false at the end. */
bool placement_moves_next(struct placement_moves *moves,
                          struct placement_move *out_move);

#endif
