/*
 * Memory with one bound and one end: a bump allocator over a fixed block.
 *
 * Pure code takes its memory from an arena that its owner hands in; nothing is
 * released singly. When the block is used up, arena_take gives NULL and the
 * caller answers with DALV_TOO_BIG.
 */
#ifndef DALV_BASE_ARENA_H
#define DALV_BASE_ARENA_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena {
    uint8_t *block;
    size_t capacity;
    size_t used;
};

/* Use `capacity` bytes at `block`; they stay the caller's. */
void arena_init(struct arena *arena, void *block, size_t capacity);

/*
 * `count` zeroed items of `size` bytes each, aligned for any type, or NULL if
 * they do not fit. The multiplication is checked. `count` 0 gives a pointer
 * that must not be read through.
 */
void *arena_take(struct arena *arena, size_t count, size_t size);

/* A copy of `bytes` in the arena; false if it does not fit. */
bool arena_copy(struct arena *arena, struct bytes bytes,
                struct bytes *out_copy);

/* Forget everything; the block is used again from its start. */
void arena_clear(struct arena *arena);

/* A point to go back to: everything taken after it is given back at once. */
size_t arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, size_t mark);

#endif
