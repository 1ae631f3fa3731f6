/*
 * Entries one behind the other in one buffer:
 *
 *     struct entry_head | key | value
 *
 * in the machine's own order of bytes: a batch never leaves the process.
 *
 * The pushes of one SYNC write their user's record, and their device's, again
 * and again: of 7,000 entries 5,000 are overwritten in the same batch. So the
 * places of the latest keys are remembered, and an entry that is found to be
 * written again is passed over from then on. One that is forgotten too early,
 * since another key has its slot, is only written in vain.
 */
#include "base/assert.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "storage/kv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELETED UINT32_MAX

enum {
    LATEST_SLOTS = 1024, /* A power of two. */
};

struct entry_head {
    uint32_t key_size;
    uint32_t value_size; /* DELETED for a delete. */
    uint32_t is_superseded;
};

struct kv_batch {
    struct buffer entries;
    size_t count; /* Without superseded ones, as are the bytes. */
    size_t bytes;
    size_t latest[LATEST_SLOTS]; /* By hash of key: its place plus one. */
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
    batch->bytes = 0;
    memset(batch->latest, 0, sizeof(batch->latest));
}

static size_t entry_bytes(const struct entry_head *head)
{
    return head->key_size +
           (head->value_size == DELETED ? 0 : head->value_size);
}

/* The entry at `place` is overwritten if it is one of `key`. */
static void supersede(struct kv_batch *batch, size_t place, struct bytes key)
{
    uint8_t *entry = batch->entries.data + place;
    struct entry_head head;

    memcpy(&head, entry, sizeof(head));
    if (!bytes_equal(bytes_make(entry + sizeof(head), head.key_size), key))
        return;
    head.is_superseded = true;
    memcpy(entry, &head, sizeof(head));
    batch->count--;
    batch->bytes -= entry_bytes(&head);
}

static void begin_entry(struct kv_batch *batch, struct bytes key,
                        uint32_t value_size)
{
    struct entry_head head = {.value_size = value_size};
    size_t *latest = &batch->latest[hash64(key) % LATEST_SLOTS];

    ASSERT(key.size > 0 && key.size < DELETED);
    head.key_size = (uint32_t)key.size;
    if (*latest != 0)
        supersede(batch, *latest - 1, key);
    *latest = batch->entries.size + 1;
    buffer_put(&batch->entries, bytes_make(&head, sizeof(head)));
    buffer_put(&batch->entries, key);
    batch->count++;
    batch->bytes += entry_bytes(&head);
}

void kv_batch_put_joined(struct kv_batch *batch, struct bytes key,
                         struct bytes head, struct bytes tail)
{
    ASSERT(head.size < DELETED && tail.size < DELETED - head.size);
    begin_entry(batch, key, (uint32_t)(head.size + tail.size));
    buffer_put(&batch->entries, head);
    buffer_put(&batch->entries, tail);
}

void kv_batch_put(struct kv_batch *batch, struct bytes key, struct bytes value)
{
    kv_batch_put_joined(batch, key, value, (struct bytes){0});
}

void kv_batch_delete(struct kv_batch *batch, struct bytes key)
{
    begin_entry(batch, key, DELETED);
}

size_t kv_batch_count(const struct kv_batch *batch)
{
    return batch->count;
}

size_t kv_batch_bytes(const struct kv_batch *batch)
{
    return batch->bytes;
}

void kv_batch_visit(const struct kv_batch *batch, kv_batch_visitor *visitor,
                    void *owner)
{
    struct bytes entries = buffer_bytes(&batch->entries);
    size_t place = 0;

    while (place < entries.size) {
        struct entry_head head;
        struct bytes key;
        struct bytes value;

        memcpy(&head, entries.data + place, sizeof(head));
        key = bytes_make(entries.data + place + sizeof(head), head.key_size);
        value = bytes_make(key.data + key.size, head.value_size);
        place += sizeof(head) + entry_bytes(&head);
        if (!head.is_superseded)
            visitor(owner, key, head.value_size == DELETED ? NULL : &value);
    }
}
