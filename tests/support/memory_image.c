#include "tests/support/memory_image.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

enum sector_state {
    SECTOR_DURABLE,
    SECTOR_DIRTY,   /* Written since the last sync. */
    SECTOR_DOUBTED, /* A sync of it failed: clean, but who knows. */
};

struct memory_image *memory_image_create(void)
{
    struct memory_image *image = calloc(1, sizeof(*image));

    ASSERT(image != NULL);
    return image;
}

void memory_image_release(struct memory_image *image)
{
    if (image == NULL || --image->references > 0)
        return;
    free(image->now);
    free(image->durable);
    free(image->sectors);
    free(image);
}

static uint8_t *grown(uint8_t *block, size_t from, size_t to)
{
    uint8_t *larger = realloc(block, to);

    ASSERT(larger != NULL);
    memset(larger + from, 0, to - from);
    return larger;
}

void memory_image_reserve(struct memory_image *image, size_t size)
{
    size_t capacity = image->capacity == 0 ? 4096 : image->capacity;

    if (size <= image->capacity)
        return;
    while (capacity < size)
        capacity *= 2;
    image->now = grown(image->now, image->capacity, capacity);
    image->durable = grown(image->durable, image->capacity, capacity);
    image->sectors =
        grown(image->sectors, image->capacity / MEMORY_IMAGE_SECTOR_BYTES,
              capacity / MEMORY_IMAGE_SECTOR_BYTES);
    image->capacity = capacity;
}

static void keep_sector(struct memory_image *image, size_t sector)
{
    size_t offset = sector * MEMORY_IMAGE_SECTOR_BYTES;

    memcpy(image->durable + offset, image->now + offset,
           MEMORY_IMAGE_SECTOR_BYTES);
    image->sectors[sector] = SECTOR_DURABLE;
}

static size_t sector_count(const struct memory_image *image)
{
    return image->capacity / MEMORY_IMAGE_SECTOR_BYTES;
}

void memory_image_sync(struct memory_image *image)
{
    for (size_t i = 0; i < sector_count(image); i++) {
        if (image->sectors[i] == SECTOR_DIRTY)
            keep_sector(image, i);
    }
    image->durable_size = image->size;
}

void memory_image_fail_sync(struct memory_image *image)
{
    for (size_t i = 0; i < sector_count(image); i++) {
        if (image->sectors[i] == SECTOR_DIRTY)
            image->sectors[i] = SECTOR_DOUBTED;
    }
}

/* What a crash leaves: all, nothing, or any sectors of what was not synced. */
void memory_image_crash(struct memory_image *image, struct prng *prng)
{
    uint64_t mood = prng_below(prng, 3);

    for (size_t i = 0; i < sector_count(image); i++) {
        if (image->sectors[i] == SECTOR_DURABLE)
            continue;
        if (mood == 0 || (mood == 1 && prng_chance(prng, 1, 2)))
            keep_sector(image, i);
        image->sectors[i] = SECTOR_DURABLE;
    }
    if (image->durable_size != image->size && prng_chance(prng, 1, 2))
        image->durable_size = image->size;
    image->size = image->durable_size;
    if (image->size < image->capacity)
        memset(image->durable + image->size, 0, image->capacity - image->size);
    if (image->capacity > 0)
        memcpy(image->now, image->durable, image->capacity);
    image->is_locked = false;
}

void memory_image_write(struct memory_image *image, size_t offset,
                        struct bytes bytes)
{
    if (bytes.size == 0)
        return;
    memory_image_reserve(image, offset + bytes.size);
    memcpy(image->now + offset, bytes.data, bytes.size);
    for (size_t i = offset / MEMORY_IMAGE_SECTOR_BYTES;
         i <= (offset + bytes.size - 1) / MEMORY_IMAGE_SECTOR_BYTES; i++)
        image->sectors[i] = SECTOR_DIRTY;
    if (offset + bytes.size > image->size)
        image->size = offset + bytes.size;
}

void memory_image_settle(struct memory_image *image)
{
    for (size_t i = 0; i < sector_count(image); i++)
        keep_sector(image, i);
    image->durable_size = image->size;
}
