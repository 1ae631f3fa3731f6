/*
 * Uploads by their age.
 */
#include "base/assert.h"
#include "storage/index.h"
#include "storage/index_internal.h"

struct upload_walk {
    struct index_owner owner;
    struct index_scan scan;
    struct arena *arena;
    struct index_unescaped key;
};

static enum dalv_status read_upload(struct upload_walk *walk,
                                    struct index_old_upload *out,
                                    uint64_t *out_began_us)
{
    struct reader reader;

    reader_init(&reader, index_scan_rest(&walk->scan));
    *out_began_us = reader_u64_be(&reader);
    index_read_owner(&reader, &out->user, &out->history_id);
    out->key = index_read_escaped(&reader, &walk->key);
    out->upload = reader_u64_be(&reader);
    return reader_is_finished(&reader) && out->user.size > 0
               ? DALV_OK
               : index_damaged(walk->owner.index);
}

/* DALV_TOO_BIG if there is no room. */
static enum dalv_status add_upload(struct upload_walk *walk,
                                   struct index_old_upload *upload,
                                   struct index_old_uploads *uploads)
{
    bool is_current = false;
    enum dalv_status status = index_owner_ask(&walk->owner, upload->user,
                                              upload->history_id, &is_current);

    if (status != DALV_OK || !is_current)
        return status;
    if (uploads->count == uploads->capacity ||
        !arena_copy(walk->arena, upload->user, &upload->user) ||
        !arena_copy(walk->arena, upload->key, &upload->key))
        return DALV_TOO_BIG;
    uploads->items[uploads->count++] = *upload;
    return DALV_OK;
}

static enum dalv_status take_uploads(struct upload_walk *walk,
                                     uint64_t before_us,
                                     struct index_old_uploads *uploads)
{
    for (size_t i = 0; i < INDEX_WALK_MAX; i++) {
        struct index_old_upload upload;
        uint64_t began_us = 0;
        enum dalv_status status;

        uploads->is_whole = !index_scan_is_at_entry(&walk->scan);
        if (uploads->is_whole)
            break;
        status = read_upload(walk, &upload, &began_us);
        if (status != DALV_OK)
            return status;
        uploads->is_whole = began_us >= before_us;
        if (uploads->is_whole)
            break;
        status = add_upload(walk, &upload, uploads);
        if (status == DALV_TOO_BIG)
            return index_list_cut(uploads->count);
        if (status != DALV_OK)
            return status;
        index_scan_next(&walk->scan);
    }
    return DALV_OK;
}

enum dalv_status index_list_old_uploads(struct index *index, uint32_t partition,
                                        uint64_t before_us, struct arena *arena,
                                        struct index_old_uploads *uploads)
{
    struct index_place place = index_place_of_partition(index, partition);
    struct upload_walk walk;
    struct index_key prefix;
    enum dalv_status status;

    ASSERT(uploads->capacity > 0);
    uploads->count = 0;
    uploads->is_whole = false;
    walk.arena = arena;
    index_owner_init(&walk.owner, index, partition);
    index_key_start(&prefix, &place, INDEX_TABLE_UPLOAD_AGE);
    status = index_scan_open(&walk.scan, index, &prefix, NULL);
    if (status == DALV_OK)
        status = take_uploads(&walk, before_us, uploads);
    return index_scan_close(&walk.scan, status);
}
