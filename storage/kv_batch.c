/*
 * Entries one behind the other in one buffer:
 *
 *     key size u32 | value size u32, DELETED for a delete | key | value
 *
 * in the machine's own order of bytes: a batch never leaves the process.
 */
#include "base/assert.h"
#include "base/buffer.h"
#include "storage/kv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELETED UINT32_MAX

struct entry_head {
    uint32_t key_size;
    uint32_t value_size;
};

struct kv_batch {
    struct buffer entries;
    size_t count;
};

struct kv_batch *kv_batch_create(void)
{
    struct kv_batch *batch = calloc(1, sizeof(*batch));

    if (batch == NULL) {
        (void)fputs("out of memory for a batch\n", stderr);
        abort();
    }
    return batch;
}

void kv_batch_destroy(struct kv_batch **batch_p)
{
    if (*batch_p == NULL)
        return;
    buffer_deinit(&(*batch_p)->entries);
    free(*batch_p);
    *batch_p = NULL;
}

void kv_batch_clear(struct kv_batch *batch)
{
    buffer_clear(&batch->entries);
    batch->count = 0;
}

static void put_head(struct kv_batch *batch, size_t key_size,
                     uint32_t value_size)
{
    struct entry_head head = {.value_size = value_size};

    ASSERT(key_size > 0 && key_size < DELETED);
    head.key_size = (uint32_t)key_size;
    buffer_put(&batch->entries, bytes_make(&head, sizeof(head)));
    batch->count++;
}

void kv_batch_put_joined(struct kv_batch *batch, struct bytes key,
                         struct bytes head, struct bytes tail)
{
    ASSERT(head.size < DELETED && tail.size < DELETED - head.size);
    put_head(batch, key.size, (uint32_t)(head.size + tail.size));
    buffer_put(&batch->entries, key);
    buffer_put(&batch->entries, head);
    buffer_put(&batch->entries, tail);
}

void kv_batch_put(struct kv_batch *batch, struct bytes key, struct bytes value)
{
    kv_batch_put_joined(batch, key, value, (struct bytes){0});
}

void kv_batch_delete(struct kv_batch *batch, struct bytes key)
{
    put_head(batch, key.size, DELETED);
    buffer_put(&batch->entries, key);
}

size_t kv_batch_count(const struct kv_batch *batch)
{
    return batch->count;
}

size_t kv_batch_bytes(const struct kv_batch *batch)
{
    return batch->entries.size - batch->count * sizeof(struct entry_head);
}

void kv_batch_visit(const struct kv_batch *batch, kv_batch_visitor *visitor,
                    void *owner)
{
    const uint8_t *place = batch->entries.data;

    for (size_t i = 0; i < batch->count; i++) {
        struct entry_head head;
        struct bytes key;
        struct bytes value;

        memcpy(&head, place, sizeof(head));
        key = bytes_make(place + sizeof(head), head.key_size);
        place = key.data + key.size;
        if (head.value_size == DELETED) {
            visitor(owner, key, NULL);
            continue;
        }
        value = bytes_make(place, head.value_size);
        place += value.size;
        visitor(owner, key, &value);
    }
}
