/*
 * A map is a sorted array of pointers to entries that never change. Copies of
 * a map (for cursors, for the state at the last flush) share the array until
 * one of them is written to.
 */
#include "tests/support/memory_kv.h"

#include "base/assert.h"
#include "base/buffer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    size_t use_count;
    struct bytes key;
    struct bytes value;
    uint8_t memory[];
};

struct map {
    size_t use_count;
    size_t count;
    size_t capacity;
    struct entry **entries;
};

struct write {
    struct kv_batch *batch;
    bool is_synced;
};

struct memory_store {
    struct map *now;
    struct map *flushed;
    struct write *writes; /* Since the last flush. */
    size_t write_count;
    size_t write_capacity;
    uint64_t failing_call; /* Calls until the one that fails; 0 for none. */
    enum dalv_status failure;
    bool is_open;
};

struct memory_kv {
    struct kv kv;
    struct memory_store *store;
};

struct memory_cursor {
    struct kv_cursor cursor;
    struct memory_store *store;
    struct map *map;
    size_t place;
};

static void *take_memory(size_t size)
{
    void *memory = calloc(1, size);

    ASSERT(memory != NULL);
    return memory;
}

static struct entry *entry_create(struct bytes key, struct bytes value)
{
    struct entry *entry = take_memory(sizeof(*entry) + key.size + value.size);

    entry->use_count = 1;
    memcpy(entry->memory, key.data, key.size);
    if (value.size > 0)
        memcpy(entry->memory + key.size, value.data, value.size);
    entry->key = bytes_make(entry->memory, key.size);
    entry->value = bytes_make(entry->memory + key.size, value.size);
    return entry;
}

static void entry_release(struct entry *entry)
{
    if (--entry->use_count == 0)
        free(entry);
}

static struct map *map_create(size_t capacity)
{
    struct map *map = take_memory(sizeof(*map));

    map->use_count = 1;
    map->capacity = capacity;
    map->entries = take_memory((capacity + 1) * sizeof(struct entry *));
    return map;
}

static struct map *map_share(struct map *map)
{
    map->use_count++;
    return map;
}

static void map_release(struct map *map)
{
    if (--map->use_count > 0)
        return;
    for (size_t i = 0; i < map->count; i++)
        entry_release(map->entries[i]);
    free(map->entries);
    free(map);
}

/* The first place whose key is not below `key`. */
static size_t map_find(const struct map *map, struct bytes key)
{
    size_t low = 0;
    size_t high = map->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (bytes_compare(map->entries[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool map_has(const struct map *map, size_t place, struct bytes key)
{
    return place < map->count && bytes_equal(map->entries[place]->key, key);
}

/* A map that nobody else sees, with room for one more. */
static struct map *map_own(struct map *map)
{
    bool is_shared = map->use_count > 1;
    struct map *own;

    if (!is_shared && map->count < map->capacity)
        return map;
    own = map_create(map->count < map->capacity ? map->capacity
                                                : 2 * map->count + 8);
    own->count = map->count;
    memcpy(own->entries, map->entries, map->count * sizeof(own->entries[0]));
    for (size_t i = 0; i < own->count; i++)
        own->entries[i]->use_count++;
    map_release(map);
    return own;
}

static void map_put(struct map *map, struct bytes key, struct bytes value)
{
    size_t place = map_find(map, key);

    if (map_has(map, place, key)) {
        entry_release(map->entries[place]);
    } else {
        memmove(map->entries + place + 1, map->entries + place,
                (map->count - place) * sizeof(map->entries[0]));
        map->count++;
    }
    map->entries[place] = entry_create(key, value);
}

static void map_delete(struct map *map, struct bytes key)
{
    size_t place = map_find(map, key);

    if (!map_has(map, place, key))
        return;
    entry_release(map->entries[place]);
    map->count--;
    memmove(map->entries + place, map->entries + place + 1,
            (map->count - place) * sizeof(map->entries[0]));
}

static void apply_entry(void *owner, struct bytes key,
                        const struct bytes *value)
{
    struct map **map_p = owner;

    *map_p = map_own(*map_p);
    if (value == NULL)
        map_delete(*map_p, key);
    else
        map_put(*map_p, key, *value);
}

static void copy_entry(void *owner, struct bytes key, const struct bytes *value)
{
    if (value == NULL)
        kv_batch_delete(owner, key);
    else
        kv_batch_put(owner, key, *value);
}

static void remember(struct memory_store *store, const struct kv_batch *batch,
                     bool is_synced)
{
    struct write *write;

    if (store->write_count == store->write_capacity) {
        store->write_capacity = 2 * store->write_capacity + 16;
        store->writes = realloc(store->writes, store->write_capacity *
                                                   sizeof(store->writes[0]));
        ASSERT(store->writes != NULL);
    }
    write = &store->writes[store->write_count++];
    write->batch = kv_batch_create();
    write->is_synced = is_synced;
    kv_batch_visit(batch, copy_entry, write->batch);
}

static void forget(struct memory_store *store)
{
    for (size_t i = 0; i < store->write_count; i++)
        kv_batch_destroy(&store->writes[i].batch);
    store->write_count = 0;
}

static enum dalv_status call(struct memory_store *store)
{
    if (store->failing_call == 0 || --store->failing_call > 0)
        return DALV_OK;
    return store->failure;
}

static struct memory_store *store_of(struct kv *kv)
{
    return ((struct memory_kv *)kv)->store;
}

static enum dalv_status on_get(struct kv *kv, struct bytes key,
                               struct buffer *out_value)
{
    struct memory_store *store = store_of(kv);
    enum dalv_status status = call(store);
    size_t place;

    if (status != DALV_OK)
        return status;
    place = map_find(store->now, key);
    if (!map_has(store->now, place, key))
        return DALV_NOT_FOUND;
    buffer_clear(out_value);
    buffer_put(out_value, store->now->entries[place]->value);
    return DALV_OK;
}

static enum dalv_status on_write(struct kv *kv, const struct kv_batch *batch,
                                 bool is_synced)
{
    struct memory_store *store = store_of(kv);
    enum dalv_status status = call(store);

    if (status != DALV_OK)
        return status;
    kv_batch_visit(batch, apply_entry, &store->now);
    remember(store, batch, is_synced);
    return DALV_OK;
}

static enum dalv_status on_flush(struct kv *kv)
{
    struct memory_store *store = store_of(kv);
    enum dalv_status status = call(store);

    if (status != DALV_OK)
        return status;
    map_release(store->flushed);
    store->flushed = map_share(store->now);
    forget(store);
    return DALV_OK;
}

/* What is deleted or replaced is kept nowhere. */
static enum dalv_status on_compact(struct kv *kv, struct bytes from,
                                   struct bytes to)
{
    (void)from;
    (void)to;
    return call(store_of(kv));
}

static enum dalv_status on_size(struct kv *kv, struct bytes from,
                                struct bytes to, uint64_t *out_bytes)
{
    struct memory_store *store = store_of(kv);
    enum dalv_status status = call(store);
    uint64_t bytes = 0;

    if (status != DALV_OK)
        return status;
    for (size_t i = map_find(store->now, from);
         i < store->now->count &&
         bytes_compare(store->now->entries[i]->key, to) < 0;
         i++)
        bytes += store->now->entries[i]->key.size +
                 store->now->entries[i]->value.size;
    *out_bytes = bytes;
    return DALV_OK;
}

static void on_close(struct kv *kv)
{
    store_of(kv)->is_open = false;
    free(kv);
}

static void on_cursor_seek(struct kv_cursor *cursor, struct bytes key)
{
    struct memory_cursor *self = (struct memory_cursor *)cursor;

    self->place = map_find(self->map, key);
}

static void on_cursor_next(struct kv_cursor *cursor)
{
    ((struct memory_cursor *)cursor)->place++;
}

static bool on_cursor_is_valid(const struct kv_cursor *cursor)
{
    const struct memory_cursor *self = (const struct memory_cursor *)cursor;

    return self->place < self->map->count;
}

static struct bytes on_cursor_key(const struct kv_cursor *cursor)
{
    const struct memory_cursor *self = (const struct memory_cursor *)cursor;

    ASSERT(on_cursor_is_valid(cursor));
    return self->map->entries[self->place]->key;
}

static struct bytes on_cursor_value(const struct kv_cursor *cursor)
{
    const struct memory_cursor *self = (const struct memory_cursor *)cursor;

    ASSERT(on_cursor_is_valid(cursor));
    return self->map->entries[self->place]->value;
}

static enum dalv_status on_cursor_close(struct kv_cursor *cursor)
{
    struct memory_cursor *self = (struct memory_cursor *)cursor;
    enum dalv_status status = call(self->store);

    map_release(self->map);
    free(self);
    return status;
}

static const struct kv_cursor_table cursor_table = {
    .seek = on_cursor_seek,
    .next = on_cursor_next,
    .is_valid = on_cursor_is_valid,
    .key = on_cursor_key,
    .value = on_cursor_value,
    .close = on_cursor_close,
};

/* Not on any key before the first seek. */
static enum dalv_status on_cursor_open(struct kv *kv, struct bytes prefix,
                                       struct kv_cursor **out_cursor)
{
    struct memory_store *store = store_of(kv);
    enum dalv_status status = call(store);
    struct memory_cursor *self;

    (void)prefix;
    if (status != DALV_OK)
        return status;
    self = take_memory(sizeof(*self));
    self->cursor.table = &cursor_table;
    self->store = store;
    self->map = map_share(store->now);
    self->place = self->map->count;
    *out_cursor = &self->cursor;
    return DALV_OK;
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

struct memory_store *memory_store_create(void)
{
    struct memory_store *store = take_memory(sizeof(*store));

    store->now = map_create(0);
    store->flushed = map_share(store->now);
    return store;
}

void memory_store_destroy(struct memory_store **store_p)
{
    struct memory_store *store = *store_p;

    if (store == NULL)
        return;
    ASSERT(!store->is_open);
    forget(store);
    free(store->writes);
    map_release(store->now);
    map_release(store->flushed);
    free(store);
    *store_p = NULL;
}

struct kv *memory_kv_open(struct memory_store *store)
{
    struct memory_kv *self = take_memory(sizeof(*self));

    ASSERT(!store->is_open);
    store->is_open = true;
    self->kv.table = &table;
    self->kv.poison = DALV_OK;
    self->store = store;
    return &self->kv;
}

void memory_store_fail(struct memory_store *store, uint64_t nth,
                       enum dalv_status status)
{
    store->failing_call = nth;
    store->failure = status;
}

size_t memory_store_unflushed_count(const struct memory_store *store)
{
    return store->write_count;
}

size_t memory_store_synced_count(const struct memory_store *store)
{
    size_t count = store->write_count;

    while (count > 0 && !store->writes[count - 1].is_synced)
        count--;
    return count;
}

void memory_store_crash(struct memory_store *store, size_t kept_count)
{
    ASSERT(!store->is_open);
    ASSERT(kept_count <= store->write_count);
    map_release(store->now);
    store->now = map_share(store->flushed);
    for (size_t i = 0; i < store->write_count; i++) {
        if (i < kept_count)
            kv_batch_visit(store->writes[i].batch, apply_entry, &store->now);
        else
            kv_batch_destroy(&store->writes[i].batch);
    }
    store->write_count = kept_count;
}

void memory_store_lose(struct memory_store *store, size_t nth)
{
    ASSERT(!store->is_open);
    ASSERT(nth < store->write_count);
    map_release(store->now);
    store->now = map_share(store->flushed);
    for (size_t i = 0; i < store->write_count; i++) {
        if (i != nth)
            kv_batch_visit(store->writes[i].batch, apply_entry, &store->now);
    }
}

static void become(struct memory_store *store, struct map *map)
{
    ASSERT(!store->is_open);
    forget(store);
    map_release(store->now);
    map_release(store->flushed);
    store->now = map;
    store->flushed = map_share(map);
}

void memory_store_copy(struct memory_store *store,
                       const struct memory_store *from)
{
    become(store, map_share(from->now));
}

void memory_store_clear(struct memory_store *store)
{
    become(store, map_create(0));
}
