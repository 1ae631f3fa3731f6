/*
 * A map from 64-bit numbers to pointers with a bound: open addressing with
 * linear probing and backward shift on removal (Knuth, TAOCP 3, 6.4 R).
 *
 * The caller hands in the slots, a power of two; at most three quarters of
 * them are used. Keys that come from outside should be hashes with a secret
 * seed or numbers that we gave.
 */
#ifndef DALV_BASE_MAP_H
#define DALV_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
    uint64_t key;
    void *value; /* NULL: the slot is free. */
};

struct map {
    struct map_slot *slots;
    size_t slot_count;
    size_t count;
};

/* How many slots a map needs that is not full with `value_max` values. */
size_t map_slot_count(size_t value_max);
/* `slot_count` is a power of two of at least 4; the slots are cleared. */
void map_init(struct map *map, struct map_slot *slots, size_t slot_count);
bool map_is_full(const struct map *map);
/* NULL if there is none. */
void *map_get(const struct map *map, uint64_t key);
/* `key` must be new and the map not full; `value` is not NULL. */
void map_put(struct map *map, uint64_t key, void *value);
/* Removes and gives what was there; NULL if nothing was. */
void *map_remove(struct map *map, uint64_t key);
/*
 * Walk: the first value at or behind the slot `*cursor_p`, which is moved past
 * it; NULL at the end. Begin with 0. Nothing may be put meanwhile; removing
 * what was just given makes it walk on from the same slot: set the cursor one
 * back.
 */
void *map_next(const struct map *map, size_t *cursor_p);

#endif
