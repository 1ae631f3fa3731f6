#include "node/store.h"

#include "node/replay.h"
#include "replication/epoch_start.h"
#include "storage/index_snapshot.h"
#include "storage/kv_cache.h"
#include "storage/kv_late.h"
#include "storage/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_BYTES = 4096,
    TAIL_BYTES = 16 << 20, /* Of the log, in memory for slaves that keep up. */
    EPOCH_START_PAYLOAD_MAX = 8 + EPOCH_START_BYTES_MAX,
    CACHE_BYTES_DEFAULT = 32 << 20,
    /* Of the cache, for single entries; the rest is for blocks of tables. */
    ENTRIES_SHARE = 4,
    WRITE_BUFFER_BYTES_DEFAULT = 32 << 20,
    /* Of that, for what is written late; the rest is LevelDB's own. */
    LATE_SHARE = 2,
};

/* ---- Errors and paths ---- */

static enum dalv_status fail(struct node_store_error *error,
                             enum dalv_status status, const char *what,
                             const char *advice)
{
    error->status = status;
    (void)snprintf(error->text, sizeof(error->text), "%s: %s%s%s", what,
                   status_text(status), advice[0] != '\0' ? ". " : "", advice);
    return status;
}

static void path_in(const struct node_store *store, const char *name,
                    char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", store->folder, name);
}

/* ---- The log ---- */

static const char *log_advice(enum dalv_status status)
{
    switch ((int)status) {
    case DALV_LOCKED:
        return "Another dalvd runs on this folder: stop it first";
    case DALV_DAMAGED:
        return "Run 'dalv log verify' to see where; restore the folder from a "
               "backup. Nothing was changed";
    case DALV_UNSUPPORTED:
        return "A newer version wrote it: use that one";
    case DALV_INVALID:
        return "It was made with another number of partitions";
    case DALV_NO_SPACE:
        return "Free some space and start again: nothing was lost";
    default:
        return "";
    }
}

static enum dalv_status open_log(struct node_store *store,
                                 const struct node_store_options *options,
                                 struct node_store_error *error)
{
    char path[PATH_BYTES];
    struct commit_log_options log_options = {
        .files = store->files,
        .folder = path,
        .partition_count = options->partition_count,
        .segment_bytes = options->segment_bytes,
        .log_id = options->log_id,
        .tail_bytes = options->is_member ? TAIL_BYTES : 0,
        .is_created = true,
        /* What one replica lost the others have. */
        .is_damage_accepted = options->is_member,
    };
    enum dalv_status status;

    path_in(store, "log", path);
    status = commit_log_open(&log_options, &store->report, &store->log);
    if (status == DALV_OK)
        return DALV_OK;
    return fail(error, status, path, log_advice(status));
}

/* True if the log still holds everything from the first record on. */
static bool log_is_complete(const struct node_store *store)
{
    for (uint32_t i = 0; i < store->partition_count; i++) {
        if (commit_log_partition(store->log, i)->start.index != 0)
            return false;
    }
    return true;
}

/* ---- The index ---- */

static enum dalv_status open_kv(struct node_store *store,
                                const struct node_store_options *options,
                                bool is_clean)
{
    char path[PATH_BYTES];
    uint64_t cache_bytes =
        options->cache_bytes == 0 ? CACHE_BYTES_DEFAULT : options->cache_bytes;
    uint64_t entry_bytes = cache_bytes / ENTRIES_SHARE;
    uint64_t buffer_bytes = options->write_buffer_bytes == 0
                                ? WRITE_BUFFER_BYTES_DEFAULT
                                : options->write_buffer_bytes;
    uint64_t late_bytes = buffer_bytes / LATE_SHARE;
    struct kv_options kv_options = {
        .path = path,
        .cache_bytes = cache_bytes - entry_bytes,
        .write_buffer_bytes = buffer_bytes - late_bytes,
        .is_tables_only = !is_clean,
    };
    struct kv *tables = NULL;
    struct kv *entries = NULL;
    enum dalv_status status;

    path_in(store, "index", path);
    status = kv_opener_open(store->kvs, &kv_options, &tables);
    if (status != DALV_OK)
        return status;
    entries = kv_cache_open(&tables, (size_t)entry_bytes);
    store->entries = entries;
    store->kv = kv_late_open(&entries, (size_t)late_bytes, options->boot_id);
    return index_open(store->kv, options->partition_count, &store->index);
}

/* ---- Marks: empty files that tell the next start something ---- */

static const char clean_mark[] = "index.clean";
static const char damaged_mark[] = NODE_STORE_DAMAGED_MARK;

static enum dalv_status put_mark(struct node_store *store, const char *name)
{
    char path[PATH_BYTES];
    struct file *file = NULL;
    enum dalv_status status;

    path_in(store, name, path);
    status = files_open(store->files, path, true, &file);
    if (status == DALV_OK)
        status = file_sync(file);
    file_close(&file);
    if (status == DALV_OK)
        status = files_sync_folder(store->files, store->folder);
    return status;
}

static enum dalv_status find_mark(struct node_store *store, const char *name,
                                  bool *out_is_there)
{
    char path[PATH_BYTES];
    struct file *file = NULL;
    enum dalv_status status;

    path_in(store, name, path);
    status = files_open(store->files, path, false, &file);
    file_close(&file);
    *out_is_there = status == DALV_OK;
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

static enum dalv_status drop_mark(struct node_store *store, const char *name)
{
    char path[PATH_BYTES];
    enum dalv_status status;

    path_in(store, name, path);
    status = files_remove(store->files, path);
    if (status == DALV_OK)
        return files_sync_folder(store->files, store->folder);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

/* ---- Opening the index ---- */

/* What is not whole is thrown away, if the log can make all of it again. */
static enum dalv_status rebuild_index(struct node_store *store,
                                      const struct node_store_options *options,
                                      struct node_store_error *error)
{
    char path[PATH_BYTES];
    enum dalv_status status;

    path_in(store, "index", path);
    if (!options->is_member && !log_is_complete(store))
        return fail(error, DALV_DAMAGED, path,
                    "The log does not reach back far enough to make it anew: "
                    "restore the folder from a backup. Nothing was changed");
    index_close(&store->index);
    kv_close(&store->kv);
    status = kv_opener_destroy(store->kvs, path);
    if (status == DALV_OK)
        status = open_kv(store, options, true);
    if (status == DALV_OK)
        status = drop_mark(store, damaged_mark);
    if (status != DALV_OK)
        return fail(error, status, path, "");
    store->is_index_rebuilt = true;
    return DALV_OK;
}

/*
 * An index of an older format is whole, and may be all that the cluster has:
 * after an upgrade every node finds its own to be one. So it goes only if the
 * log at hand makes all of it again, also where others have replicas.
 */
static enum dalv_status replace_index(struct node_store *store,
                                      const struct node_store_options *options,
                                      struct node_store_error *error)
{
    char path[PATH_BYTES];

    if (log_is_complete(store))
        return rebuild_index(store, options, error);
    path_in(store, "index", path);
    return fail(error, DALV_UNSUPPORTED, path,
                "An older version wrote it, and the log does not reach back "
                "far enough to make it anew: start the version that wrote it. "
                "Nothing was lost");
}

/* The clean mark goes first: from now on the end is not in order. */
static enum dalv_status open_index(struct node_store *store,
                                   const struct node_store_options *options,
                                   struct node_store_error *error)
{
    bool is_clean = false;
    bool is_damaged = false;
    enum dalv_status status = find_mark(store, clean_mark, &is_clean);

    if (status == DALV_OK)
        status = drop_mark(store, clean_mark);
    if (status == DALV_OK)
        status = find_mark(store, damaged_mark, &is_damaged);
    if (status == DALV_OK && !is_damaged)
        status = open_kv(store, options, is_clean);
    if (is_damaged || status == DALV_DAMAGED)
        status = rebuild_index(store, options, error);
    else if (status == DALV_REBASE)
        status = replace_index(store, options, error);
    else if (status != DALV_OK)
        return fail(error, status, store->folder, log_advice(status));
    return status;
}

/* The index stops before its log begins: an old one was put back, or a
   snapshot was not received to its end. */
static bool is_behind(const struct node_store *store, uint32_t partition)
{
    return index_applied(store->index, partition).index <
           commit_log_partition(store->log, partition)->start.index;
}

static bool index_is_behind(const struct node_store *store)
{
    for (uint32_t i = 0; i < store->partition_count; i++) {
        if (is_behind(store, i))
            return true;
    }
    return false;
}

/* The index knows more than its log. */
static bool is_ahead(const struct node_store *store, uint32_t partition)
{
    struct log_position applied = index_applied(store->index, partition);
    struct log_position end = commit_log_end(store->log, partition);

    return applied.index > end.index ||
           (applied.index == end.index && applied.epoch != end.epoch);
}

static bool index_is_ahead(const struct node_store *store)
{
    for (uint32_t i = 0; i < store->partition_count; i++) {
        if (is_ahead(store, i))
            return true;
    }
    return false;
}

bool node_store_is_whole(const struct node_store *store, uint32_t partition)
{
    struct index_snapshot_state snapshot =
        index_snapshot_state(store->index, partition);

    /* Before its last page a snapshot has replaced nothing. */
    return !is_behind(store, partition) && !is_ahead(store, partition) &&
           !(snapshot.is_receiving && snapshot.is_complete);
}

/*
 * The log is the truth, but one that lacks what was applied has lost records
 * that were acknowledged: nobody but the operator can say what is to be done.
 */
static enum dalv_status match(struct node_store *store,
                              const struct node_store_options *options,
                              struct node_store_error *error)
{
    if (index_is_ahead(store))
        return fail(error, DALV_DAMAGED, store->folder,
                    "The log lacks records that the index holds: it was cut, "
                    "put back or taken away. Restore the folder from a "
                    "backup, or move 'index' out of it to go on with what the "
                    "log holds. Nothing was changed");
    return index_is_behind(store) ? rebuild_index(store, options, error)
                                  : DALV_OK;
}

/* ---- Replay ---- */

static enum dalv_status replay_log(struct node_store *store,
                                   struct node_store_error *error)
{
    struct log_position *from = calloc(store->partition_count, sizeof(*from));
    struct replay replay = {0};
    enum dalv_status status = DALV_NO_MEMORY;

    if (from != NULL)
        status = replay_init(&replay, store->index);
    for (uint32_t i = 0; status == DALV_OK && i < store->partition_count; i++)
        from[i] = index_applied(store->index, i);
    if (status == DALV_OK)
        status = commit_log_replay(store->log, from, replay_record, &replay);
    if (status == DALV_OK)
        status = replay_commit(&replay);
    store->replayed_count = replay.count;
    replay_deinit(&replay);
    free(from);
    return status == DALV_OK
               ? DALV_OK
               : fail(error, status, store->folder,
                      "The log could not be replayed into the index");
}

/* ---- Epochs ---- */

/*
 * A process that starts is master of nothing it was master of before: it opens
 * a new epoch, whose first entry says so. The only replica needs nobody's
 * leave.
 */
static enum dalv_status begin_epoch(struct node_store *store,
                                    uint32_t partition,
                                    const struct node_store_options *options,
                                    struct writer *records)
{
    struct appender_start *start = &store->starts[partition];
    uint8_t payload[EPOCH_START_PAYLOAD_MAX];
    struct writer writer;
    struct record record = {.type = RECORD_EPOCH_START, .partition = partition};
    enum dalv_status status;

    start->end = commit_log_end(store->log, partition);
    start->epoch = start->end.epoch + 1;
    /* Times never go back, whatever the clock was set to meanwhile. */
    start->time_us = index_time_us(store->index, partition);
    if (start->time_us < options->wall_us)
        start->time_us = options->wall_us;
    writer_init(&writer, payload, sizeof(payload));
    writer_u64(&writer, start->time_us);
    epoch_start_encode(&(struct epoch_start){.epoch = start->epoch,
                                             .boot_id = options->boot_id},
                       &writer);
    record.payload = writer_bytes(&writer);
    record.position.epoch = start->epoch;
    record.position.index = start->end.index + 1;
    record.previous_crc = start->end.crc;
    status = record_encode(&record, records);
    start->end = record.position;
    index_skip(store->index, partition, record.position, start->time_us);
    return status;
}

/*
 * One of several replicas is master of nothing before it is told so. What its
 * log holds above what was applied may not be committed.
 */
static void stand_by(struct node_store *store)
{
    for (uint32_t i = 0; i < store->partition_count; i++) {
        const struct log_partition *partition =
            commit_log_partition(store->log, i);

        store->starts[i] = (struct appender_start){
            .end = partition->end,
            .epoch = partition->promised,
            .time_us = index_time_us(store->index, i),
        };
    }
}

static enum dalv_status begin_epochs(struct node_store *store,
                                     const struct node_store_options *options,
                                     struct node_store_error *error)
{
    size_t capacity = store->partition_count *
                      (RECORD_HEADER_BYTES + (size_t)EPOCH_START_PAYLOAD_MAX);
    uint8_t *block = malloc(capacity);
    struct writer records;
    enum dalv_status status = block == NULL ? DALV_NO_MEMORY : DALV_OK;

    writer_init(&records, block, capacity);
    for (uint32_t i = 0; status == DALV_OK && i < store->partition_count; i++)
        status = begin_epoch(store, i, options, &records);
    if (status == DALV_OK)
        status = commit_log_append(store->log, writer_bytes(&records),
                                   store->partition_count);
    if (status == DALV_OK)
        status = commit_log_sync(store->log);
    if (status == DALV_OK)
        status = index_commit(store->index);
    free(block);
    return status == DALV_OK
               ? DALV_OK
               : fail(error, status, store->folder, log_advice(status));
}

/* ---- All of it ---- */

static enum dalv_status make_folder(struct node_store *store,
                                    struct node_store_error *error)
{
    enum dalv_status status = files_make_folder(store->files, store->folder);

    return status == DALV_OK ? DALV_OK
                             : fail(error, status, store->folder,
                                    "Its parent folder must be there and "
                                    "writable");
}

static enum dalv_status check_restoring(
    struct node_store *store, const struct node_store_options *options,
    struct node_store_error *error)
{
    bool is_there = false;
    enum dalv_status status =
        find_mark(store, NODE_STORE_RESTORING_MARK, &is_there);

    if (status == DALV_OK && is_there && !options->is_restoring)
        status = DALV_INVALID;
    return status == DALV_OK
               ? DALV_OK
               : fail(error, status, store->folder,
                      "It is being marked as restored: run dalvd with "
                      "--restored again to finish that");
}

static enum dalv_status catch_up(struct node_store *store,
                                 const struct node_store_options *options,
                                 struct node_store_error *error)
{
    enum dalv_status status = replay_log(store, error);

    return status == DALV_OK ? begin_epochs(store, options, error) : status;
}

/*
 * A damaged table may be met only while the index is written to: then it is
 * made anew as if it had been met at once. What the log holds is not in doubt,
 * all of it was read when it was opened.
 */
static enum dalv_status catch_up_or_rebuild(
    struct node_store *store, const struct node_store_options *options,
    struct node_store_error *error)
{
    enum dalv_status status = catch_up(store, options, error);

    if (status != DALV_DAMAGED || store->kv->poison != DALV_DAMAGED)
        return status;
    status = rebuild_index(store, options, error);
    return status == DALV_OK ? catch_up(store, options, error) : status;
}

static enum dalv_status open_all(struct node_store *store,
                                 const struct node_store_options *options,
                                 struct node_store_error *error)
{
    enum dalv_status status = make_folder(store, error);

    if (status == DALV_OK)
        status = check_restoring(store, options, error);
    if (status == DALV_OK)
        status = open_log(store, options, error);
    if (status == DALV_OK)
        status = open_index(store, options, error);
    if (status == DALV_OK && options->is_member) {
        stand_by(store);
        return DALV_OK;
    }
    if (status == DALV_OK)
        status = match(store, options, error);
    if (status == DALV_OK)
        status = catch_up_or_rebuild(store, options, error);
    return status;
}

enum dalv_status node_store_open(const struct node_store_options *options,
                                 struct node_store **out_store,
                                 struct node_store_error *out_error)
{
    struct node_store *store = calloc(1, sizeof(*store));
    enum dalv_status status;

    if (store == NULL)
        return fail(out_error, DALV_NO_MEMORY, options->folder, "");
    store->files = options->files;
    store->kvs = options->kvs;
    store->partition_count = options->partition_count;
    store->folder = strdup(options->folder);
    store->starts = calloc(options->partition_count, sizeof(*store->starts));
    status = store->folder == NULL || store->starts == NULL
                 ? fail(out_error, DALV_NO_MEMORY, options->folder, "")
                 : open_all(store, options, out_error);
    if (status == DALV_OK)
        *out_store = store;
    else
        (void)node_store_close(&store, false);
    return status;
}

enum dalv_status node_store_condemn_index(struct node_store *store)
{
    return put_mark(store, damaged_mark);
}

enum dalv_status node_store_close(struct node_store **store_p, bool is_clean)
{
    struct node_store *store = *store_p;
    bool is_marked = is_clean && store != NULL && store->index != NULL;
    enum dalv_status status = DALV_OK;

    *store_p = NULL;
    if (store == NULL)
        return DALV_OK;
    if (is_marked)
        status = index_checkpoint(store->index);
    index_close(&store->index);
    kv_close(&store->kv);
    commit_log_close(&store->log);
    if (is_marked && status == DALV_OK)
        status = put_mark(store, clean_mark);
    free(store->starts);
    free(store->folder);
    free(store);
    return status;
}
