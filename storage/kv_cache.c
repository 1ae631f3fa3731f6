#include "storage/kv_cache.h"

#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_AT_START = 1 << 12,
};

enum entry_state {
    ENTRY_UNKNOWN, /* Ask the map below. */
    ENTRY_ABSENT,
    ENTRY_PRESENT,
};

struct entry {
    struct list_link link;
    uint64_t hash;
    enum entry_state state;
    bool is_used; /* Since the clock's hand passed. */
    struct buffer value;
    size_t key_size;
    uint8_t key[];
};

struct kv_cache {
    struct kv kv; /* First: what others see. */
    struct kv *below;
    struct map by_hash;
    struct list clock; /* The hand is at the first. */
    size_t bytes_max;
    /* Read by other threads. */
    atomic_size_t bytes;
    atomic_uint_fast64_t hits;
    atomic_uint_fast64_t misses;
};

static void *take_memory(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        (void)fputs("out of memory for the index's cache\n", stderr);
        abort();
    }
    return memory;
}

static struct kv_cache *self_of(struct kv *kv)
{
    return (struct kv_cache *)kv;
}

static size_t entry_bytes(const struct entry *entry)
{
    return sizeof(*entry) + entry->key_size + entry->value.capacity;
}

/* Of two keys with one hash only one is remembered. */
static struct entry *find(const struct kv_cache *self, uint64_t hash,
                          struct bytes key)
{
    struct entry *entry = map_get(&self->by_hash, hash);

    if (entry == NULL ||
        !bytes_equal(bytes_make(entry->key, entry->key_size), key))
        return NULL;
    return entry;
}

/* `value` is NULL of a key that is not there. */
static void set_value(struct kv_cache *self, struct entry *entry,
                      const struct bytes *value)
{
    bool is_kept = value != NULL && value->size <= KV_CACHE_VALUE_MAX;

    entry->state = ENTRY_ABSENT;
    if (value != NULL)
        entry->state = is_kept ? ENTRY_PRESENT : ENTRY_UNKNOWN;
    atomic_fetch_sub_explicit(&self->bytes, entry_bytes(entry),
                              memory_order_relaxed);
    if (is_kept) {
        buffer_clear(&entry->value);
        buffer_put(&entry->value, *value);
    } else {
        buffer_deinit(&entry->value);
    }
    atomic_fetch_add_explicit(&self->bytes, entry_bytes(entry),
                              memory_order_relaxed);
}

static void forget(struct kv_cache *self, struct entry *entry)
{
    (void)map_remove(&self->by_hash, entry->hash);
    atomic_fetch_sub_explicit(&self->bytes, entry_bytes(entry),
                              memory_order_relaxed);
    buffer_deinit(&entry->value);
    free(entry);
}

/* At most twice round: by then nobody has been used any more. */
static void make_room(struct kv_cache *self)
{
    while (atomic_load_explicit(&self->bytes, memory_order_relaxed) >
               self->bytes_max &&
           !list_is_empty(&self->clock)) {
        struct entry *entry =
            LIST_ITEM(list_take(&self->clock), struct entry, link);

        if (entry->is_used) {
            entry->is_used = false;
            list_append(&self->clock, &entry->link);
        } else {
            forget(self, entry);
        }
    }
}

static void grow(struct kv_cache *self)
{
    struct map before = self->by_hash;
    size_t count = 2 * before.slot_count;
    size_t cursor = 0;
    struct entry *entry;

    map_init(&self->by_hash, take_memory(count, sizeof(*before.slots)), count);
    while ((entry = map_next(&before, &cursor)) != NULL)
        map_put(&self->by_hash, entry->hash, entry);
    atomic_fetch_add_explicit(&self->bytes,
                              before.slot_count * sizeof(*before.slots),
                              memory_order_relaxed);
    free(before.slots);
}

static void remember(struct kv_cache *self, uint64_t hash, struct bytes key,
                     struct bytes value)
{
    struct entry *entry;

    if (map_get(&self->by_hash, hash) != NULL)
        return;
    entry = take_memory(1, sizeof(*entry) + key.size);
    entry->hash = hash;
    entry->key_size = key.size;
    memcpy(entry->key, key.data, key.size);
    buffer_init(&entry->value);
    atomic_fetch_add_explicit(&self->bytes, entry_bytes(entry),
                              memory_order_relaxed);
    set_value(self, entry, &value);
    if (map_is_full(&self->by_hash))
        grow(self);
    map_put(&self->by_hash, hash, entry);
    list_append(&self->clock, &entry->link);
    make_room(self);
}

/* False if the map below must be asked. */
static bool recall(struct kv_cache *self, struct entry *entry,
                   struct buffer *out_value)
{
    if (entry == NULL || entry->state == ENTRY_UNKNOWN)
        return false;
    atomic_fetch_add_explicit(&self->hits, 1, memory_order_relaxed);
    entry->is_used = true;
    if (entry->state == ENTRY_ABSENT)
        return true;
    buffer_clear(out_value);
    buffer_put(out_value, buffer_bytes(&entry->value));
    return true;
}

static enum dalv_status on_get(struct kv *kv, struct bytes key,
                               struct buffer *out_value)
{
    struct kv_cache *self = self_of(kv);
    uint64_t hash = hash64(key);
    struct entry *entry = find(self, hash, key);
    enum dalv_status status;

    if (recall(self, entry, out_value))
        return entry->state == ENTRY_PRESENT ? DALV_OK : DALV_NOT_FOUND;
    atomic_fetch_add_explicit(&self->misses, 1, memory_order_relaxed);
    status = kv_get(self->below, key, out_value);
    if (status == DALV_OK && out_value->size <= KV_CACHE_VALUE_MAX)
        remember(self, hash, key, buffer_bytes(out_value));
    return status;
}

/* What was written below, for a key that is remembered. */
static void follow(void *owner, struct bytes key, const struct bytes *value)
{
    struct kv_cache *self = owner;
    struct entry *entry = find(self, hash64(key), key);

    if (entry != NULL)
        set_value(self, entry, value);
}

static enum dalv_status on_write(struct kv *kv, const struct kv_batch *batch,
                                 bool is_synced)
{
    struct kv_cache *self = self_of(kv);
    enum dalv_status status = kv_write(self->below, batch, is_synced);

    if (status != DALV_OK)
        return status;
    kv_batch_visit(batch, follow, self);
    make_room(self);
    return DALV_OK;
}

static enum dalv_status on_cursor_open(struct kv *kv, struct bytes prefix,
                                       struct kv_cursor **out_cursor)
{
    return kv_cursor_open_within(self_of(kv)->below, prefix, out_cursor);
}

static enum dalv_status on_flush(struct kv *kv)
{
    return kv_flush(self_of(kv)->below);
}

static enum dalv_status on_compact(struct kv *kv, struct bytes from,
                                   struct bytes to)
{
    return kv_compact(self_of(kv)->below, from, to);
}

static enum dalv_status on_size(struct kv *kv, struct bytes from,
                                struct bytes to, uint64_t *out_bytes)
{
    return kv_size(self_of(kv)->below, from, to, out_bytes);
}

static void on_close(struct kv *kv)
{
    struct kv_cache *self = self_of(kv);
    struct list_link *link;

    while ((link = list_take(&self->clock)) != NULL)
        forget(self, LIST_ITEM(link, struct entry, link));
    kv_close(&self->below);
    free(self->by_hash.slots);
    free(self);
}

static const struct kv_table table = {
    .get = on_get,
    .write = on_write,
    .cursor_open = on_cursor_open,
    .flush = on_flush,
    .compact = on_compact,
    .size = on_size,
    .close = on_close,
};

struct kv *kv_cache_open(struct kv **below_p, size_t bytes_max)
{
    struct kv_cache *self = take_memory(1, sizeof(*self));
    struct map_slot *slots = take_memory(SLOTS_AT_START, sizeof(*slots));

    self->kv.table = &table;
    self->below = *below_p;
    self->bytes_max = bytes_max;
    map_init(&self->by_hash, slots, SLOTS_AT_START);
    list_init(&self->clock);
    atomic_init(&self->bytes, SLOTS_AT_START * sizeof(*slots));
    *below_p = NULL;
    return &self->kv;
}

struct kv_cache_counters kv_cache_counters(const struct kv *kv)
{
    const struct kv_cache *self = (const struct kv_cache *)kv;

    return (struct kv_cache_counters){
        .hits = atomic_load_explicit(&self->hits, memory_order_relaxed),
        .misses = atomic_load_explicit(&self->misses, memory_order_relaxed),
        .bytes = atomic_load_explicit(&self->bytes, memory_order_relaxed),
    };
}
