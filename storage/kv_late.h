/*
 * A map over another map, that writes late: what many batches write to keys
 * that begin alike is kept in memory, and goes below as one batch, in the order
 * of its keys, when it is enough.
 *
 * LevelDB pays for each entry with a walk down a list of nodes all over its
 * memtable. What was written several times meanwhile goes below once, and of
 * neighbours each finds in the processor's cache what the one before it walked
 * over.
 *
 * The keys of one group, those with the same first KV_LATE_GROUP_BYTES, wait
 * together. All that was written is seen at once, by gets from here and by
 * cursors, which are opened behind what waits in their groups. Of each group
 * there stands below the state after an exact prefix of the batches: a crash
 * takes back whole batches, from the end, but of one group more than of
 * another. So kv_write_apart may wait; kv_write, which promises more, goes
 * below at once, behind all that waits. Groups are always of that many bytes:
 * of a longer prefix, more than was asked for takes effect as one; a shorter
 * one is refused (ASSERT).
 *
 * A failed write below is told by the call that made it necessary, and poisons.
 */
#ifndef DALV_STORAGE_KV_LATE_H
#define DALV_STORAGE_KV_LATE_H

#include "storage/kv.h"

#include <stddef.h>
#include <stdint.h>

enum {
    KV_LATE_GROUP_BYTES = 2,
    /* So much of one group waits at most, so that nothing takes long. */
    KV_LATE_GROUP_BYTES_MAX = 512 << 10,
};

/*
 * Takes `below`, which is closed with it. What waits takes no more than
 * `bytes_max` of memory once a write is done. Closing writes what waits, if
 * nothing has failed. `seed` is a secret: whoever knows it could choose keys
 * that take long to find. Ends the process if there is no memory.
 */
struct kv *kv_late_open(struct kv **below_p, size_t bytes_max, uint64_t seed);

#endif
