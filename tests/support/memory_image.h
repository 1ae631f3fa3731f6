/*
 * One file in memory: as it reads, and as a crash would leave it.
 *
 * Shared by the names and the open files that refer to it: the last release
 * frees it.
 */
#ifndef DALV_TESTS_SUPPORT_MEMORY_IMAGE_H
#define DALV_TESTS_SUPPORT_MEMORY_IMAGE_H

#include "base/bytes.h"
#include "base/prng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEMORY_IMAGE_SECTOR_BYTES = 512,
};

/* Both images have `capacity` bytes; behind their sizes they are zero. */
struct memory_image {
    uint8_t *now;
    uint8_t *durable;
    uint8_t *sectors; /* one state for each sector. */
    size_t capacity;
    size_t size;
    size_t durable_size;
    unsigned references;
    bool is_locked;
};

/* Empty, with one reference for each who will release it: none yet. */
struct memory_image *memory_image_create(void);
void memory_image_release(struct memory_image *image);
/* Room for `size` bytes, zero where nothing was written. */
void memory_image_reserve(struct memory_image *image, size_t size);
void memory_image_write(struct memory_image *image, size_t offset,
                        struct bytes bytes);
void memory_image_sync(struct memory_image *image);
/* The sync failed: what was written reads so, and is in doubt for ever. */
void memory_image_fail_sync(struct memory_image *image);
/* Keep all, nothing, or any sectors of what was not synced. */
void memory_image_crash(struct memory_image *image, struct prng *prng);
/* What reads now is durable, by whatever means it came there. */
void memory_image_settle(struct memory_image *image);

#endif
