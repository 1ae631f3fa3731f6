#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CAPACITY_MIN = 64,
};

void buffer_init(struct buffer *buffer)
{
    *buffer = (struct buffer){0};
}

void buffer_deinit(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

/* Doubling keeps the cost of many small puts linear. */
static size_t next_capacity(const struct buffer *buffer, size_t needed)
{
    size_t doubled =
        buffer->capacity > SIZE_MAX / 2 ? SIZE_MAX : buffer->capacity * 2;

    if (needed < CAPACITY_MIN)
        needed = CAPACITY_MIN;
    return needed > doubled ? needed : doubled;
}

enum dalv_status buffer_reserve(struct buffer *buffer, size_t extra)
{
    size_t capacity;
    uint8_t *grown;

    if (extra <= buffer->capacity - buffer->size)
        return DALV_OK;
    if (extra > SIZE_MAX - buffer->size)
        return DALV_NO_MEMORY;
    capacity = next_capacity(buffer, buffer->size + extra);
    grown = realloc(buffer->data, capacity);
    if (grown == NULL)
        return DALV_NO_MEMORY;
    buffer->data = grown;
    buffer->capacity = capacity;
    return DALV_OK;
}

void buffer_put(struct buffer *buffer, struct bytes bytes)
{
    if (bytes.size == 0)
        return;
    if (buffer_reserve(buffer, bytes.size) != DALV_OK) {
        (void)fprintf(stderr, "out of memory for %zu more bytes\n", bytes.size);
        abort();
    }
    memcpy(buffer->data + buffer->size, bytes.data, bytes.size);
    buffer->size += bytes.size;
}

struct bytes buffer_bytes(const struct buffer *buffer)
{
    return bytes_make(buffer->data, buffer->size);
}
