/*
 * The ring: which partition a user's data is in.
 *
 * The ring is the 64-bit space of XXH3_64bits over the user id, cut into equal
 * arcs; an arc's number is the top bits of the hash. The same on every machine
 * and for ever: data is found by it.
 */
#ifndef DALV_CLUSTER_RING_H
#define DALV_CLUSTER_RING_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RING_PARTITIONS_MAX = 65536
};

/* True for a power of two from 1 to RING_PARTITIONS_MAX. */
bool ring_is_partition_count(uint64_t count);

/* 0 .. partition_count - 1; the count must be one that is allowed. */
uint32_t ring_partition(struct bytes user, uint32_t partition_count);

#endif
