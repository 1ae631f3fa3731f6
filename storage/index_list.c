/*
 * Lists of what a user or a partition has beside keys: devices, conflicts,
 * users.
 */
#include "base/assert.h"
#include "storage/index.h"
#include "storage/index_internal.h"

static enum dalv_status take_devices(struct index *index,
                                     struct index_scan *scan,
                                     struct index_devices *devices)
{
    for (; index_scan_is_at_entry(scan); index_scan_next(scan)) {
        if (devices->count == devices->capacity)
            return DALV_OK;
        if (!index_value_read_device(index_scan_value(scan),
                                     &devices->items[devices->count]))
            return index_damaged(index);
        devices->count++;
    }
    devices->is_whole = true;
    return DALV_OK;
}

enum dalv_status index_list_devices(struct index *index,
                                    const struct index_scope *scope,
                                    uint64_t after_device,
                                    struct index_devices *devices)
{
    struct index_place place = index_place_of(index, scope);
    struct index_scan scan;
    struct index_key prefix;
    struct index_key from;
    enum dalv_status status;

    ASSERT(devices->capacity > 0 && after_device < UINT64_MAX);
    devices->count = 0;
    devices->is_whole = false;
    index_key_start_history(&prefix, &place, INDEX_TABLE_DEVICE);
    index_key_start_history(&from, &place, INDEX_TABLE_DEVICE);
    writer_u64_be(&from.writer, after_device + 1);
    status = index_scan_open(&scan, index, &prefix, &from);
    if (status == DALV_OK)
        status = take_devices(index, &scan, devices);
    return index_scan_close(&scan, status);
}

static enum dalv_status read_conflict(struct index *index,
                                      const struct index_scan *scan,
                                      struct conflict_state *out)
{
    struct reader reader;

    reader_init(&reader, index_scan_rest(scan));
    out->revision = reader_u64_be(&reader);
    out->position = reader_u32_be(&reader);
    if (!reader_is_finished(&reader) ||
        !index_value_read_conflict(index_scan_value(scan), out))
        return index_damaged(index);
    return DALV_OK;
}

static enum dalv_status take_conflicts(struct index *index,
                                       struct index_scan *scan,
                                       struct arena *arena,
                                       struct index_conflicts *conflicts)
{
    for (; index_scan_is_at_entry(scan); index_scan_next(scan)) {
        struct conflict_state conflict = {.revision = 0};
        enum dalv_status status;

        if (conflicts->count == conflicts->capacity)
            return DALV_OK;
        status = read_conflict(index, scan, &conflict);
        if (status != DALV_OK)
            return status;
        if (!arena_copy(arena, conflict.key, &conflict.key) ||
            !arena_copy(arena, conflict.value, &conflict.value))
            return index_list_cut(conflicts->count);
        conflicts->items[conflicts->count++] = conflict;
    }
    conflicts->is_whole = true;
    return DALV_OK;
}

enum dalv_status index_list_conflicts(struct index *index,
                                      const struct index_conflicts_query *query,
                                      struct arena *arena,
                                      struct index_conflicts *conflicts)
{
    struct index_place place = index_place_of(index, &query->scope);
    struct index_scan scan;
    struct index_key prefix;
    struct index_key from;
    enum dalv_status status;

    ASSERT(conflicts->capacity > 0);
    conflicts->count = 0;
    conflicts->is_whole = false;
    index_key_start_history(&prefix, &place, INDEX_TABLE_CONFLICT);
    index_key_start_history(&from, &place, INDEX_TABLE_CONFLICT);
    writer_u64_be(&from.writer, query->after_revision);
    writer_u32_be(&from.writer, query->after_position);
    /* One byte more stands before the next number, behind this one. */
    writer_u8(&from.writer, 0);
    status = index_scan_open(&scan, index, &prefix, &from);
    if (status == DALV_OK)
        status = take_conflicts(index, &scan, arena, conflicts);
    return index_scan_close(&scan, status);
}

/* Nothing but the user's record has a key that ends with the user. */
static enum dalv_status read_user(struct index *index,
                                  const struct index_scan *scan,
                                  struct index_user *out)
{
    struct reader reader;

    reader_init(&reader, index_scan_rest(scan));
    out->user = reader_bytes(&reader, reader_u8(&reader));
    if (!reader_is_finished(&reader) || out->user.size == 0 ||
        !index_value_read_user(index_scan_value(scan), &out->state))
        return index_damaged(index);
    return DALV_OK;
}

/*
 * Behind all that begins with the user: as no byte of UTF-8 is FF, the last
 * one plus one makes what comes next.
 */
static void seek_behind_user(struct index_scan *scan, struct index_place *place,
                             struct bytes user)
{
    struct index_key key;

    place->user = user;
    index_key_start_user(&key, place);
    ASSERT(key.memory[key.writer.size - 1] < UINT8_MAX);
    key.memory[key.writer.size - 1]++;
    kv_cursor_seek(scan->cursor, index_key_bytes(&key));
}

static enum dalv_status take_users(struct index *index, struct index_scan *scan,
                                   struct index_place *place,
                                   struct arena *arena,
                                   struct index_users *users)
{
    while (index_scan_is_at_entry(scan)) {
        struct index_user user;
        enum dalv_status status;

        if (users->count == users->capacity)
            return DALV_OK;
        status = read_user(index, scan, &user);
        if (status != DALV_OK)
            return status;
        if (!arena_copy(arena, user.user, &user.user))
            return index_list_cut(users->count);
        users->items[users->count++] = user;
        seek_behind_user(scan, place, user.user);
    }
    users->is_whole = true;
    return DALV_OK;
}

enum dalv_status index_list_users(struct index *index, uint32_t partition,
                                  struct bytes after_user, struct arena *arena,
                                  struct index_users *users)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct index_scan scan;
    struct index_key prefix;
    enum dalv_status status;

    ASSERT(users->capacity > 0);
    users->count = 0;
    users->is_whole = false;
    index_key_start(&prefix, &place, INDEX_TABLE_USER);
    status = index_scan_open(&scan, index, &prefix, NULL);
    if (status == DALV_OK && after_user.size > 0)
        seek_behind_user(&scan, &place, after_user);
    if (status == DALV_OK)
        status = take_users(index, &scan, &place, arena, users);
    return index_scan_close(&scan, status);
}
