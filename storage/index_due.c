/*
 * What is due by time in a partition: values that expire, request ids that
 * are old enough to forget. Both tables begin with the time.
 */
#include "base/assert.h"
#include "storage/index.h"
#include "storage/index_internal.h"

#include <string.h>

static enum dalv_status read_due(struct index *index,
                                 const struct index_scan *scan,
                                 struct index_due *out)
{
    struct reader reader;

    reader_init(&reader, index_scan_rest(scan));
    out->expiry_us = reader_u64_be(&reader);
    index_read_owner(&reader, &out->user, &out->history_id);
    out->key = reader_bytes(&reader, reader.rest.size);
    if (!reader_is_finished(&reader) || out->user.size == 0 ||
        out->key.size == 0)
        return index_damaged(index);
    return DALV_OK;
}

struct due_walk {
    struct index_owner owner;
    struct index_scan scan;
    struct arena *arena;
};

static enum dalv_status add_due(struct due_walk *walk, struct index_due *due,
                                struct index_dues *dues)
{
    bool is_current = false;
    enum dalv_status status =
        index_owner_ask(&walk->owner, due->user, due->history_id, &is_current);

    if (status != DALV_OK || !is_current)
        return status;
    if (dues->count == dues->capacity ||
        !arena_copy(walk->arena, due->user, &due->user) ||
        !arena_copy(walk->arena, due->key, &due->key))
        return DALV_TOO_BIG;
    dues->items[dues->count++] = *due;
    return DALV_OK;
}

static enum dalv_status take_dues(struct due_walk *walk, uint64_t now_us,
                                  struct index_dues *dues)
{
    for (size_t i = 0; i < INDEX_WALK_MAX; i++) {
        struct index_due due;
        enum dalv_status status;

        dues->is_whole = !index_scan_is_at_entry(&walk->scan);
        if (dues->is_whole)
            break;
        status = read_due(walk->owner.index, &walk->scan, &due);
        if (status != DALV_OK)
            return status;
        dues->is_whole = due.expiry_us > now_us;
        if (dues->is_whole)
            break;
        status = add_due(walk, &due, dues);
        if (status == DALV_TOO_BIG)
            return index_list_cut(dues->count);
        if (status != DALV_OK)
            return status;
        index_scan_next(&walk->scan);
    }
    return DALV_OK;
}

enum dalv_status index_expired(struct index *index, uint32_t partition,
                               uint64_t now_us, struct arena *arena,
                               struct index_dues *dues)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct due_walk walk;
    struct index_key prefix;
    enum dalv_status status;

    ASSERT(dues->capacity > 0);
    dues->count = 0;
    dues->is_whole = false;
    walk.arena = arena;
    index_owner_init(&walk.owner, index, partition);
    index_key_start(&prefix, &place, INDEX_TABLE_EXPIRY);
    status = index_scan_open(&walk.scan, index, &prefix, NULL);
    if (status == DALV_OK)
        status = take_dues(&walk, now_us, dues);
    return index_scan_close(&walk.scan, status);
}

enum dalv_status index_expiry_next(struct index *index, uint32_t partition,
                                   uint64_t *out_us)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct index_due due = {.expiry_us = UINT64_MAX};
    struct index_scan scan;
    struct index_key prefix;
    enum dalv_status status;

    index_key_start(&prefix, &place, INDEX_TABLE_EXPIRY);
    status = index_scan_open(&scan, index, &prefix, NULL);
    if (status == DALV_OK && index_scan_is_at_entry(&scan))
        status = read_due(index, &scan, &due);
    status = index_scan_close(&scan, status);
    if (status == DALV_OK)
        *out_us = due.expiry_us;
    return status;
}

static enum dalv_status read_old_request(struct index *index,
                                         const struct index_scan *scan,
                                         struct index_old_request *out)
{
    struct reader reader;
    struct bytes id;

    reader_init(&reader, index_scan_rest(scan));
    out->time_us = reader_u64_be(&reader);
    index_read_owner(&reader, &out->user, &out->history_id);
    id = reader_bytes(&reader, sizeof(out->id.bytes));
    if (!reader_is_finished(&reader) || out->user.size == 0)
        return index_damaged(index);
    memcpy(out->id.bytes, id.data, id.size);
    return DALV_OK;
}

static enum dalv_status add_request(struct due_walk *walk,
                                    struct index_old_request *request,
                                    struct index_old_requests *requests)
{
    bool is_current = false;
    enum dalv_status status = index_owner_ask(&walk->owner, request->user,
                                              request->history_id, &is_current);

    if (status != DALV_OK || !is_current)
        return status;
    if (requests->count == requests->capacity ||
        !arena_copy(walk->arena, request->user, &request->user))
        return DALV_TOO_BIG;
    requests->items[requests->count++] = *request;
    return DALV_OK;
}

static enum dalv_status take_requests(struct due_walk *walk, uint64_t before_us,
                                      struct index_old_requests *requests)
{
    for (size_t i = 0; i < INDEX_WALK_MAX; i++) {
        struct index_old_request request;
        enum dalv_status status;

        requests->is_whole = !index_scan_is_at_entry(&walk->scan);
        if (requests->is_whole)
            break;
        status = read_old_request(walk->owner.index, &walk->scan, &request);
        if (status != DALV_OK)
            return status;
        requests->is_whole = request.time_us >= before_us;
        if (requests->is_whole)
            break;
        status = add_request(walk, &request, requests);
        if (status == DALV_TOO_BIG)
            return index_list_cut(requests->count);
        if (status != DALV_OK)
            return status;
        index_scan_next(&walk->scan);
    }
    return DALV_OK;
}

enum dalv_status index_list_old_requests(struct index *index,
                                         uint32_t partition, uint64_t before_us,
                                         struct arena *arena,
                                         struct index_old_requests *requests)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct due_walk walk;
    struct index_key prefix;
    enum dalv_status status;

    ASSERT(requests->capacity > 0);
    requests->count = 0;
    requests->is_whole = false;
    walk.arena = arena;
    index_owner_init(&walk.owner, index, partition);
    index_key_start(&prefix, &place, INDEX_TABLE_REQUEST_AGE);
    status = index_scan_open(&walk.scan, index, &prefix, NULL);
    if (status == DALV_OK)
        status = take_requests(&walk, before_us, requests);
    return index_scan_close(&walk.scan, status);
}
