/*
 * What waits of a group stands in one block, an entry behind the other:
 *
 *     struct entry | key | value
 *
 * A table of places tells the latest entry of each key, by linear probing. An
 * entry that is written again stays where it is, and is not found any more.
 * Groups of which something waits stand in a row; the first is written first.
 * One of which nothing waits has no memory: all that is taken is in `bytes`.
 */
#include "storage/kv_late.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELETED UINT32_MAX

enum {
    GROUPS = 1 << (8 * KV_LATE_GROUP_BYTES),
    SLOTS_AT_START = 16,
    /* What the rest of a key begins with tells most keys apart. */
    ORDER_BYTES = sizeof(uint64_t),
};

struct entry {
    uint32_t key_size;
    uint32_t value_size; /* DELETED for a delete. */
};

struct slot {
    uint32_t mark;  /* Of the hash, so that few keys are compared. */
    uint32_t place; /* In the block, plus one; 0: free. */
};

struct group {
    struct list_link link;
    bool is_in_row; /* As all are that are not empty. */
    size_t count;
    struct slot *slots; /* At most half of them in use. */
    size_t slot_count;  /* 0 if nothing waits. */
    struct buffer block;
};

struct sorted {
    uint64_t order;
    struct bytes key;
    struct bytes value;
    bool is_deleted;
};

struct kv_late {
    struct kv kv; /* First: what others see. */
    struct kv *below;
    uint64_t seed;
    size_t bytes_max;
    size_t bytes; /* Of the memory of all groups. */
    struct list row;
    struct kv_batch *batch;
    struct buffer sorted;
    struct group *groups[GROUPS]; /* NULL: nothing was written to it yet. */
};

static struct kv_late *self_of(struct kv *kv)
{
    return (struct kv_late *)kv;
}

static void *take_memory(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        (void)fputs("out of memory for what the index writes late\n", stderr);
        abort();
    }
    return memory;
}

/* ---- What waits of a group ---- */

static struct group **group_of(struct kv_late *self, struct bytes prefix)
{
    size_t number = 0;

    for (size_t i = 0; i < KV_LATE_GROUP_BYTES; i++)
        number = number << 8 | prefix.data[i];
    return &self->groups[number];
}

static struct sorted read_entry(const struct group *group, uint32_t place)
{
    const uint8_t *start = group->block.data + place - 1;
    struct sorted read = {0};
    struct entry entry;

    memcpy(&entry, start, sizeof(entry));
    read.key = bytes_make(start + sizeof(entry), entry.key_size);
    read.is_deleted = entry.value_size == DELETED;
    if (!read.is_deleted)
        read.value =
            bytes_make(read.key.data + entry.key_size, entry.value_size);
    return read;
}

static bool is_of(const struct group *group, const struct slot *slot,
                  uint32_t mark, struct bytes key)
{
    return slot->mark == mark &&
           bytes_equal(read_entry(group, slot->place).key, key);
}

/* The slot of the key, or the free one where it would stand. */
static struct slot *find(const struct group *group, uint64_t hash,
                         struct bytes key)
{
    uint32_t mark = (uint32_t)(hash >> 32);
    size_t i = (size_t)hash & (group->slot_count - 1);

    while (group->slots[i].place != 0 &&
           !is_of(group, &group->slots[i], mark, key))
        i = (i + 1) & (group->slot_count - 1);
    return &group->slots[i];
}

static void grow(struct group *group, uint64_t seed)
{
    struct slot *before = group->slots;
    size_t count = group->slot_count;

    group->slot_count = count == 0 ? SLOTS_AT_START : 2 * count;
    group->slots = take_memory(group->slot_count, sizeof(*group->slots));
    for (size_t i = 0; i < count; i++) {
        struct bytes key;

        if (before[i].place == 0)
            continue;
        key = read_entry(group, before[i].place).key;
        *find(group, hash64_seeded(key, seed), key) = before[i];
    }
    free(before);
}

static struct group *group_create(void)
{
    struct group *group = take_memory(1, sizeof(*group));

    buffer_init(&group->block);
    return group;
}

/* Taken, in use or not. */
static size_t memory_of(const struct group *group)
{
    return group->block.capacity + group->slot_count * sizeof(*group->slots);
}

static void group_destroy(struct group *group)
{
    if (group == NULL)
        return;
    buffer_deinit(&group->block);
    free(group->slots);
    free(group);
}

static void put_entry(struct group *group, struct bytes key,
                      const struct bytes *value)
{
    struct entry entry = {
        .key_size = (uint32_t)key.size,
        .value_size = value == NULL ? DELETED : (uint32_t)value->size,
    };

    buffer_put(&group->block, bytes_make(&entry, sizeof(entry)));
    buffer_put(&group->block, key);
    if (value != NULL)
        buffer_put(&group->block, *value);
}

/* The group of the key, made and put in the row if it must be. */
static struct group *group_for(struct kv_late *self, struct bytes key)
{
    struct group **group_p = group_of(self, key);
    struct group *group;

    if (*group_p == NULL)
        *group_p = group_create();
    group = *group_p;
    if (!group->is_in_row)
        list_append(&self->row, &group->link);
    group->is_in_row = true;
    return group;
}

static void keep(void *owner, struct bytes key, const struct bytes *value)
{
    struct kv_late *self = owner;
    uint64_t hash = hash64_seeded(key, self->seed);
    struct group *group;
    struct slot *slot;
    size_t place;

    ASSERT(key.size >= KV_LATE_GROUP_BYTES);
    group = group_for(self, key);
    self->bytes -= memory_of(group);
    if (2 * group->count >= group->slot_count)
        grow(group, self->seed);
    slot = find(group, hash, key);
    group->count += slot->place == 0;
    place = group->block.size;
    put_entry(group, key, value);
    *slot = (struct slot){.mark = (uint32_t)(hash >> 32),
                          .place = (uint32_t)place + 1};
    self->bytes += memory_of(group);
}

/* ---- Writing it below ---- */

static uint64_t order_of(struct bytes key)
{
    uint64_t order = 0;

    for (size_t i = 0; i < ORDER_BYTES; i++) {
        size_t place = KV_LATE_GROUP_BYTES + i;

        order = order << 8 | (place < key.size ? key.data[place] : 0);
    }
    return order;
}

static int compare(const void *left, const void *right)
{
    const struct sorted *a = left;
    const struct sorted *b = right;

    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    return bytes_compare(a->key, b->key);
}

static void sort(struct kv_late *self, const struct group *group)
{
    buffer_clear(&self->sorted);
    for (size_t i = 0; i < group->slot_count; i++) {
        struct sorted read;

        if (group->slots[i].place == 0)
            continue;
        read = read_entry(group, group->slots[i].place);
        read.order = order_of(read.key);
        buffer_put(&self->sorted, bytes_make(&read, sizeof(read)));
    }
    qsort(self->sorted.data, group->count, sizeof(struct sorted), compare);
}

/* There may be as many groups as partitions: what each kept would add up. */
static void forget(struct kv_late *self, struct group *group)
{
    self->bytes -= memory_of(group);
    group->count = 0;
    free(group->slots);
    group->slots = NULL;
    group->slot_count = 0;
    buffer_deinit(&group->block);
}

static enum dalv_status write_group(struct kv_late *self, struct group *group)
{
    const struct sorted *sorted;
    enum dalv_status status;

    if (group == NULL || group->count == 0)
        return DALV_OK;
    sort(self, group);
    sorted = (const struct sorted *)(const void *)self->sorted.data;
    for (size_t i = 0; i < group->count; i++) {
        if (sorted[i].is_deleted)
            kv_batch_delete(self->batch, sorted[i].key);
        else
            kv_batch_put(self->batch, sorted[i].key, sorted[i].value);
    }
    status = kv_write(self->below, self->batch, /* is_synced= */ false);
    kv_batch_clear(self->batch);
    forget(self, group);
    return status;
}

/* Until no more than `bytes_max` wait. */
static enum dalv_status write_row(struct kv_late *self, size_t bytes_max)
{
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && self->bytes > bytes_max) {
        struct group *group =
            LIST_ITEM(list_take(&self->row), struct group, link);

        group->is_in_row = false;
        status = write_group(self, group);
    }
    return status;
}

/* What waits among the keys that begin so. */
static enum dalv_status write_what_begins(struct kv_late *self,
                                          struct bytes prefix)
{
    if (prefix.size < KV_LATE_GROUP_BYTES)
        return write_row(self, 0);
    return write_group(self, *group_of(self, prefix));
}

/* ---- As a map ---- */

static enum dalv_status on_get(struct kv *kv, struct bytes key,
                               struct buffer *out_value)
{
    struct kv_late *self = self_of(kv);
    const struct group *group =
        key.size < KV_LATE_GROUP_BYTES ? NULL : *group_of(self, key);
    const struct slot *slot;
    struct sorted read;

    if (group == NULL || group->count == 0)
        return kv_get(self->below, key, out_value);
    slot = find(group, hash64_seeded(key, self->seed), key);
    if (slot->place == 0)
        return kv_get(self->below, key, out_value);
    read = read_entry(group, slot->place);
    if (read.is_deleted)
        return DALV_NOT_FOUND;
    buffer_clear(out_value);
    buffer_put(out_value, read.value);
    return DALV_OK;
}

static enum dalv_status on_write(struct kv *kv, const struct kv_batch *batch,
                                 bool is_synced)
{
    struct kv_late *self = self_of(kv);
    enum dalv_status status = write_row(self, 0);

    return status == DALV_OK ? kv_write(self->below, batch, is_synced) : status;
}

struct visit {
    struct kv_late *self;
    enum dalv_status status;
};

/* The batch is whole by now. */
static void write_if_large(void *owner, struct bytes key,
                           const struct bytes *value)
{
    struct visit *visit = owner;
    struct group *group = *group_of(visit->self, key);

    (void)value;
    if (visit->status == DALV_OK && group->block.size > KV_LATE_GROUP_BYTES_MAX)
        visit->status = write_group(visit->self, group);
}

static enum dalv_status on_write_apart(struct kv *kv,
                                       const struct kv_batch *batch,
                                       size_t prefix_size)
{
    struct kv_late *self = self_of(kv);
    struct visit visit = {.self = self};

    /* Else what shall be one would stand in several groups. */
    ASSERT(prefix_size >= KV_LATE_GROUP_BYTES);
    kv_batch_visit(batch, keep, self);
    kv_batch_visit(batch, write_if_large, &visit);
    return visit.status == DALV_OK ? write_row(self, self->bytes_max)
                                   : visit.status;
}

static enum dalv_status on_cursor_open(struct kv *kv, struct bytes prefix,
                                       struct kv_cursor **out_cursor)
{
    struct kv_late *self = self_of(kv);
    enum dalv_status status = write_what_begins(self, prefix);

    return status == DALV_OK
               ? kv_cursor_open_within(self->below, prefix, out_cursor)
               : status;
}

static enum dalv_status on_flush(struct kv *kv)
{
    struct kv_late *self = self_of(kv);
    enum dalv_status status = write_row(self, 0);

    return status == DALV_OK ? kv_flush(self->below) : status;
}

static enum dalv_status on_compact(struct kv *kv, struct bytes from,
                                   struct bytes to)
{
    struct kv_late *self = self_of(kv);
    enum dalv_status status = write_row(self, 0);

    return status == DALV_OK ? kv_compact(self->below, from, to) : status;
}

/* An estimate of what is on disk: what waits is not. */
static enum dalv_status on_size(struct kv *kv, struct bytes from,
                                struct bytes to, uint64_t *out_bytes)
{
    return kv_size(self_of(kv)->below, from, to, out_bytes);
}

/* What cannot be written is lost as by a crash. */
static void on_close(struct kv *kv)
{
    struct kv_late *self = self_of(kv);

    if (kv->poison == DALV_OK)
        (void)write_row(self, 0);
    kv_close(&self->below);
    kv_batch_destroy(&self->batch);
    buffer_deinit(&self->sorted);
    for (size_t i = 0; i < GROUPS; i++)
        group_destroy(self->groups[i]);
    free(self);
}

static const struct kv_table table = {
    .get = on_get,
    .write = on_write,
    .write_apart = on_write_apart,
    .cursor_open = on_cursor_open,
    .flush = on_flush,
    .compact = on_compact,
    .size = on_size,
    .close = on_close,
};

struct kv *kv_late_open(struct kv **below_p, size_t bytes_max, uint64_t seed)
{
    struct kv_late *self = take_memory(1, sizeof(*self));

    self->kv.table = &table;
    self->below = *below_p;
    self->bytes_max = bytes_max;
    self->seed = seed;
    self->batch = kv_batch_create();
    list_init(&self->row);
    buffer_init(&self->sorted);
    *below_p = NULL;
    return &self->kv;
}
