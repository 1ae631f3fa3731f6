/*
 * Bytes that grow and are owned. Host code only: it allocates.
 *
 * An allocation that fails ends the process in the servers; the SDK calls
 * buffer_reserve first and returns DALV_NO_MEMORY.
 */
#ifndef DALV_BASE_BUFFER_H
#define DALV_BASE_BUFFER_H

#include "base/bytes.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
};

void buffer_init(struct buffer *buffer);
void buffer_deinit(struct buffer *buffer);
/* Empty, the memory kept for the next use. */
void buffer_clear(struct buffer *buffer);
/* Room for `extra` more bytes, or DALV_NO_MEMORY and nothing changed. */
DALV_MUST_CHECK enum dalv_status buffer_reserve(struct buffer *buffer,
                                                size_t extra);
/* Append a copy; ends the process if there is no memory. */
void buffer_put(struct buffer *buffer, struct bytes bytes);
/* What it holds; borrowed until the next change. */
struct bytes buffer_bytes(const struct buffer *buffer);

#endif
