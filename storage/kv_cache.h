/*
 * A map over another map, that remembers single entries: a get of what was
 * lately read costs a look into memory, not a search through LevelDB's tables
 * and the checks and unpacking that go with it.
 *
 * What it remembers of a key is always what the map below holds: a write goes
 * below first and is then copied to the keys that are remembered; if it fails,
 * the map is poisoned and nothing is read any more. Only what was read is
 * remembered, so that what is written and never asked for (request ids, feeds)
 * pushes nothing out. Cursors go to the map below.
 *
 * Who was not asked for since the last look goes first (CLOCK).
 */
#ifndef DALV_STORAGE_KV_CACHE_H
#define DALV_STORAGE_KV_CACHE_H

#include "storage/kv.h"

#include <stddef.h>
#include <stdint.h>

enum {
    /* Larger values are not remembered: each would push out hundreds. */
    KV_CACHE_VALUE_MAX = 16 << 10,
};

/*
 * Takes `below`, which is closed with it. What is remembered takes no more than
 * `bytes_max`, all told. Ends the process if there is no memory.
 */
struct kv *kv_cache_open(struct kv **below_p, size_t bytes_max);

struct kv_cache_counters {
    uint64_t hits;
    uint64_t misses;
    uint64_t bytes; /* Now. */
};

/* Of a map that kv_cache_open gave; on any thread. */
struct kv_cache_counters kv_cache_counters(const struct kv *kv);

#endif
