#include "base/arena.h"

#include "base/assert.h"

#include <string.h>

void arena_init(struct arena *arena, void *block, size_t capacity)
{
    ASSERT(block != NULL || capacity == 0);
    *arena = (struct arena){.block = block, .capacity = capacity};
}

/* Bytes to skip so that the next ones are aligned, wherever the block lies. */
static size_t padding(const struct arena *arena)
{
    uintptr_t next = (uintptr_t)arena->block + arena->used;

    return (size_t)(-next & (_Alignof(max_align_t) - 1));
}

void *arena_take(struct arena *arena, size_t count, size_t size)
{
    size_t skip = padding(arena);
    size_t left = arena->capacity - arena->used;
    uint8_t *taken;

    if (skip > left || arena->block == NULL)
        return NULL;
    left -= skip;
    if (size != 0 && count > left / size)
        return NULL;
    taken = arena->block + arena->used + skip;
    arena->used += skip + count * size;
    memset(taken, 0, count * size);
    return taken;
}

bool arena_copy(struct arena *arena, struct bytes bytes, struct bytes *out_copy)
{
    uint8_t *copy;

    if (bytes.size > arena->capacity - arena->used)
        return false;
    if (bytes.size == 0) {
        *out_copy = (struct bytes){0};
        return true;
    }
    copy = arena->block + arena->used;
    memcpy(copy, bytes.data, bytes.size);
    arena->used += bytes.size;
    *out_copy = bytes_make(copy, bytes.size);
    return true;
}

void arena_clear(struct arena *arena)
{
    arena->used = 0;
}

size_t arena_mark(const struct arena *arena)
{
    return arena->used;
}

void arena_rewind(struct arena *arena, size_t mark)
{
    ASSERT(mark <= arena->used);
    arena->used = mark;
}
