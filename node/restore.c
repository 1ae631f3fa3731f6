#include "node/restore.h"

#include "base/bounds.h"
#include "storage/record.h"
#include "storage/user_record.h"

#include <stdlib.h>
#include <string.h>

enum {
    USERS_AT_ONCE = 256,
    ARENA_BYTES = USERS_AT_ONCE * (BOUNDS_USER_ID_MAX + 64),
    PAYLOAD_BYTES = 1024, /* A user id and a user's state. */
    RECORDS_BYTES = USERS_AT_ONCE * (RECORD_HEADER_BYTES + PAYLOAD_BYTES),
};

struct restoring {
    struct node_store *store;
    uint64_t mark;
    uint64_t count;
    uint32_t partition;
    struct bytes after; /* The last user that was looked at; in `user`. */
    uint8_t user[BOUNDS_USER_ID_MAX];
    struct index_user users[USERS_AT_ONCE];
    struct arena arena;
    struct writer records;
    size_t record_count;
    uint8_t arena_block[ARENA_BYTES];
    uint8_t records_block[RECORDS_BYTES];
};

/* ---- The mark ---- */

/* The mark of a run before, or `*inout_mark` as the one of this. */
static enum dalv_status keep_mark(struct node_store *store, const char *path,
                                  uint64_t *inout_mark)
{
    struct file *file = NULL;
    uint64_t known = 0;
    size_t size = 0;
    enum dalv_status status =
        files_open(store->files, path, /* is_created= */ true, &file);

    if (status == DALV_OK)
        status = file_read(file, 0, &known, sizeof(known), &size);
    if (status == DALV_OK && size == sizeof(known) && known != 0) {
        *inout_mark = known;
    } else if (status == DALV_OK) {
        status = file_write(
            file, 0,
            bytes_make((const uint8_t *)inout_mark, sizeof(*inout_mark)));
        if (status == DALV_OK)
            status = file_sync(file);
    }
    file_close(&file);
    return status == DALV_OK ? files_sync_folder(store->files, store->folder)
                             : status;
}

static enum dalv_status drop_mark(struct node_store *store, const char *path)
{
    enum dalv_status status = files_remove(store->files, path);

    return status == DALV_OK ? files_sync_folder(store->files, store->folder)
                             : status;
}

/* ---- Users ---- */

static enum dalv_status put_record(struct restoring *restoring,
                                   const struct user_record *decided)
{
    struct appender_start *place =
        &restoring->store->starts[restoring->partition];
    uint8_t memory[PAYLOAD_BYTES];
    struct writer payload;
    struct record record = {
        .type = RECORD_DATA,
        .partition = restoring->partition,
        .position = {.epoch = place->epoch, .index = place->end.index + 1},
        .previous_crc = place->end.crc};
    enum dalv_status status;

    writer_init(&payload, memory, sizeof(memory));
    status = user_record_encode(decided, &payload);
    record.payload = writer_bytes(&payload);
    if (status == DALV_OK)
        status = record_encode(&record, &restoring->records);
    if (status != DALV_OK)
        return status;
    place->end = record.position;
    restoring->record_count++;
    index_apply(restoring->store->index, restoring->partition, record.position,
                decided);
    return DALV_OK;
}

static enum dalv_status restore_user(struct restoring *restoring,
                                     const struct index_user *found)
{
    struct user_state state = found->state;
    struct effect effects[] = {{.type = EFFECT_USER}};
    const struct user_record record = {
        .user = found->user,
        .history_id = state.history_id,
        .time_us = restoring->store->starts[restoring->partition].time_us,
        .author = {.writer = WRITER_SYSTEM},
        .effects = effects,
        .effect_count = 1,
    };

    if (state.history_id == 0)
        return DALV_OK; /* Erased: a stub has no data to agree about. */
    restoring->count++;
    if (state.restored == restoring->mark)
        return DALV_OK; /* By the run that was interrupted. */
    user_state_restore(&state, restoring->mark);
    effects[0].user = state;
    return put_record(restoring, &record);
}

/* Durable first, then in the index: as for every record. */
static enum dalv_status flush(struct restoring *restoring)
{
    struct node_store *store = restoring->store;
    enum dalv_status status = DALV_OK;

    if (restoring->record_count > 0)
        status =
            commit_log_append(store->log, writer_bytes(&restoring->records),
                              restoring->record_count);
    if (status == DALV_OK)
        status = commit_log_sync(store->log);
    if (status == DALV_OK)
        status = index_commit(store->index);
    writer_init(&restoring->records, restoring->records_block,
                sizeof(restoring->records_block));
    restoring->record_count = 0;
    return status;
}

/* The next users of the partition, in one batch. */
static enum dalv_status restore_some(struct restoring *restoring,
                                     bool *out_is_whole)
{
    struct index_users users = {.items = restoring->users,
                                .capacity = USERS_AT_ONCE};
    enum dalv_status status;

    arena_init(&restoring->arena, restoring->arena_block,
               sizeof(restoring->arena_block));
    status = index_list_users(restoring->store->index, restoring->partition,
                              restoring->after, &restoring->arena, &users);
    for (size_t i = 0; status == DALV_OK && i < users.count; i++)
        status = restore_user(restoring, &users.items[i]);
    if (status == DALV_OK)
        status = flush(restoring);
    if (status != DALV_OK || users.count == 0) {
        *out_is_whole = true;
        return status;
    }
    *out_is_whole = users.is_whole;
    restoring->after.size = users.items[users.count - 1].user.size;
    restoring->after.data = restoring->user;
    memcpy(restoring->user, users.items[users.count - 1].user.data,
           restoring->after.size);
    return DALV_OK;
}

static enum dalv_status restore_all(struct restoring *restoring)
{
    struct node_store *store = restoring->store;
    enum dalv_status status = DALV_OK;

    for (uint32_t i = 0; status == DALV_OK && i < store->partition_count; i++) {
        bool is_whole = false;

        restoring->partition = i;
        restoring->after = (struct bytes){0};
        while (status == DALV_OK && !is_whole)
            status = restore_some(restoring, &is_whole);
    }
    return status;
}

enum dalv_status node_restore(struct node_store *store, uint64_t random,
                              uint64_t *out_count)
{
    char path[FILES_PATH_MAX];
    struct restoring *restoring = calloc(1, sizeof(*restoring));
    enum dalv_status status =
        files_path(store->folder, NODE_STORE_RESTORING_MARK, path);

    if (restoring == NULL)
        return DALV_NO_MEMORY;
    restoring->store = store;
    restoring->mark = random | 1;
    writer_init(&restoring->records, restoring->records_block,
                sizeof(restoring->records_block));
    if (status == DALV_OK)
        status = keep_mark(store, path, &restoring->mark);
    if (status == DALV_OK)
        status = restore_all(restoring);
    if (status == DALV_OK)
        status = drop_mark(store, path);
    if (status == DALV_OK)
        *out_count = restoring->count;
    free(restoring);
    return status;
}
