/*
 * LevelDB 1.23 as a `struct kv`.
 *
 * What this file makes up for (docs/decisions has the reasons):
 *
 * - An error of any call is final. LevelDB forgets a failed append and goes
 *   on; kv.c does not let it.
 * - CompactRange, which flushes, tells no errors. A flush is believed when the
 *   write-ahead logs of before are gone: LevelDB removes them once the tables
 *   that replace them are synced and named by a synced manifest.
 * - A folder that lost its CURRENT looks to LevelDB like a new one.
 */
#include "base/buffer.h"
#include "storage/files.h"
#include "storage/kv.h"

#include <errno.h>
#include <fcntl.h>
#include <leveldb/c.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CACHE_BYTES_DEFAULT = 32 << 20,
    WRITE_BUFFER_BYTES_DEFAULT = 32 << 20,
    TABLE_BYTES_MAX = 8 << 20,
    BLOOM_BITS_PER_KEY = 10,
    LOGS_MAX = 64,
    LOG_NAME_MAX = 32,
};

#define ASIDE "wal-aside"

struct leveldb_kv {
    struct kv kv;
    leveldb_t *db;
    leveldb_options_t *options;
    leveldb_cache_t *cache;
    leveldb_filterpolicy_t *filter;
    leveldb_readoptions_t *reads;
    leveldb_writeoptions_t *writes;
    leveldb_writeoptions_t *synced_writes;
    leveldb_writebatch_t *batch;
    char path[FILES_PATH_MAX];
};

struct leveldb_cursor {
    struct kv_cursor cursor;
    leveldb_iterator_t *iterator;
};

/* What stands in the folder of a database. */
struct folder {
    bool has_current;
    bool has_any; /* Something that only a database has. */
    size_t log_count;
    char logs[LOGS_MAX][LOG_NAME_MAX];
};

/* Tables are read through memory: one that is shorter than it was is no failing
   disk, nor is one that is not there. */
static bool is_about_a_broken_table(const char *error)
{
    const char *place = strstr(error, ".ldb: ");

    return place != NULL && (strstr(place, "Invalid argument") != NULL ||
                             strstr(place, "No such file") != NULL);
}

/* Takes the text; DALV_OK if there is none. */
static enum dalv_status classify(char *error)
{
    enum dalv_status status = DALV_IO;

    if (error == NULL)
        return DALV_OK;
    if (strncmp(error, "Corruption", strlen("Corruption")) == 0 ||
        strncmp(error, "NotFound", strlen("NotFound")) == 0 ||
        strncmp(error, "Invalid argument", strlen("Invalid argument")) == 0 ||
        is_about_a_broken_table(error))
        status = DALV_DAMAGED;
    else if (strncmp(error, "IO error: lock ", strlen("IO error: lock ")) == 0)
        status = DALV_LOCKED;
    else if (strstr(error, "No space left on device") != NULL ||
             strstr(error, "Disk quota exceeded") != NULL)
        status = DALV_NO_SPACE;
    leveldb_free(error);
    return status;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    size_t suffix_size = strlen(suffix);

    return size > suffix_size && strcmp(name + size - suffix_size, suffix) == 0;
}

static void note_name(void *owner, const char *name)
{
    struct folder *folder = owner;

    if (strcmp(name, "CURRENT") == 0)
        folder->has_current = true;
    if (strncmp(name, "MANIFEST-", strlen("MANIFEST-")) == 0 ||
        has_suffix(name, ".ldb") || has_suffix(name, ".sst") ||
        has_suffix(name, ".log"))
        folder->has_any = true;
    if (!has_suffix(name, ".log") || strlen(name) >= LOG_NAME_MAX)
        return;
    if (folder->log_count < LOGS_MAX)
        (void)snprintf(folder->logs[folder->log_count], LOG_NAME_MAX, "%s",
                       name);
    folder->log_count++;
}

/* More logs than LevelDB ever leaves are a folder that it did not write. */
static enum dalv_status look_into(const char *path, struct folder *out_folder)
{
    enum dalv_status status;

    memset(out_folder, 0, sizeof(*out_folder));
    status = files_list(files_of_system(), path, note_name, out_folder);
    if (status == DALV_NOT_FOUND)
        return DALV_OK;
    if (status == DALV_OK && out_folder->log_count > LOGS_MAX)
        return DALV_DAMAGED;
    return status;
}

/* LevelDB's own lock, held for a moment: nobody else may be writing the log. */
static enum dalv_status try_lock(const char *path)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char name[FILES_PATH_MAX];
    enum dalv_status status = files_path(path, "LOCK", name);
    int file;

    if (status != DALV_OK)
        return status;
    file = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return DALV_IO;
    if (fcntl(file, F_SETLK, &lock) != 0)
        status = errno == EACCES || errno == EAGAIN ? DALV_LOCKED : DALV_IO;
    (void)close(file);
    return status;
}

static enum dalv_status move_log(const char *path, const char *aside,
                                 const char *name)
{
    char from[FILES_PATH_MAX];
    char to[FILES_PATH_MAX];
    enum dalv_status status = files_path(path, name, from);

    if (status == DALV_OK)
        status = files_path(aside, name, to);
    if (status == DALV_OK)
        status = files_rename(files_of_system(), from, to);
    return status;
}

static enum dalv_status move_logs_aside(const char *path,
                                        const struct folder *folder)
{
    struct files *files = files_of_system();
    char aside[FILES_PATH_MAX];
    enum dalv_status status = try_lock(path);

    if (status == DALV_OK)
        status = files_path(path, ASIDE, aside);
    if (status == DALV_OK)
        status = files_make_folder(files, aside);
    for (size_t i = 0; status == DALV_OK && i < folder->log_count; i++)
        status = move_log(path, aside, folder->logs[i]);
    if (status == DALV_OK)
        status = files_sync_folder(files, aside);
    if (status == DALV_OK)
        status = files_sync_folder(files, path);
    return status;
}

/* The logs that were set aside are for people to look at, not needed. */
static enum dalv_status remove_aside(const char *path)
{
    struct files *files = files_of_system();
    struct folder folder;
    char aside[FILES_PATH_MAX];
    char name[FILES_PATH_MAX];
    enum dalv_status status = files_path(path, ASIDE, aside);

    if (status == DALV_OK)
        status = look_into(aside, &folder);
    for (size_t i = 0; status == DALV_OK && i < folder.log_count; i++) {
        status = files_path(aside, folder.logs[i], name);
        if (status == DALV_OK)
            status = files_remove(files, name);
    }
    if (status == DALV_OK && rmdir(aside) != 0 && errno != ENOENT)
        status = DALV_IO;
    return status;
}

static struct leveldb_kv *self_of(struct kv *kv)
{
    return (struct leveldb_kv *)kv;
}

static enum dalv_status on_get(struct kv *kv, struct bytes key,
                               struct buffer *out_value)
{
    struct leveldb_kv *self = self_of(kv);
    char *error = NULL;
    size_t size = 0;
    char *value = leveldb_get(self->db, self->reads, (const char *)key.data,
                              key.size, &size, &error);

    if (error != NULL)
        return classify(error);
    if (value == NULL)
        return DALV_NOT_FOUND;
    buffer_clear(out_value);
    buffer_put(out_value, bytes_make(value, size));
    leveldb_free(value);
    return DALV_OK;
}

static void copy_entry(void *owner, struct bytes key, const struct bytes *value)
{
    if (value == NULL)
        leveldb_writebatch_delete(owner, (const char *)key.data, key.size);
    else
        leveldb_writebatch_put(owner, (const char *)key.data, key.size,
                               (const char *)value->data, value->size);
}

static enum dalv_status on_write(struct kv *kv, const struct kv_batch *batch,
                                 bool is_synced)
{
    struct leveldb_kv *self = self_of(kv);
    char *error = NULL;

    leveldb_writebatch_clear(self->batch);
    kv_batch_visit(batch, copy_entry, self->batch);
    leveldb_write(self->db, is_synced ? self->synced_writes : self->writes,
                  self->batch, &error);
    return classify(error);
}

static bool has_log_of(const struct folder *before, const struct folder *after)
{
    for (size_t i = 0; i < before->log_count; i++) {
        for (size_t j = 0; j < after->log_count; j++) {
            if (strcmp(before->logs[i], after->logs[j]) == 0)
                return true;
        }
    }
    return false;
}

/* A write tells the error that the flush hid. */
static enum dalv_status ask_why(struct leveldb_kv *self)
{
    enum dalv_status status;
    char *error = NULL;

    leveldb_writebatch_clear(self->batch);
    leveldb_write(self->db, self->synced_writes, self->batch, &error);
    status = classify(error);
    return status == DALV_OK ? DALV_IO : status;
}

static enum dalv_status on_flush(struct kv *kv)
{
    struct leveldb_kv *self = self_of(kv);
    struct folder before;
    struct folder after;
    enum dalv_status status = look_into(self->path, &before);

    if (status != DALV_OK)
        return status;
    /* No key is in the empty range: only the memtable is written. */
    leveldb_compact_range(self->db, "", 0, "", 0);
    status = look_into(self->path, &after);
    if (status != DALV_OK)
        return status;
    if (has_log_of(&before, &after))
        return ask_why(self);
    return remove_aside(self->path);
}

/*
 * The lowest level that has keys of a range is not written anew by itself, and
 * a table there may hold what was deleted, with its deletion. So something
 * newer comes above it, from end to end, to be merged with it: deletions of
 * keys that nobody has. The compaction tells no errors; a write behind it does.
 */
static enum dalv_status on_compact(struct kv *kv, struct bytes from,
                                   struct bytes to)
{
    struct leveldb_kv *self = self_of(kv);
    enum dalv_status status;
    char *error = NULL;

    leveldb_writebatch_clear(self->batch);
    leveldb_writebatch_delete(self->batch, (const char *)from.data, from.size);
    leveldb_writebatch_delete(self->batch, (const char *)to.data, to.size);
    leveldb_write(self->db, self->synced_writes, self->batch, &error);
    status = classify(error);
    if (status == DALV_OK)
        status = on_flush(kv);
    if (status != DALV_OK)
        return status;
    leveldb_compact_range(self->db, (const char *)from.data, from.size,
                          (const char *)to.data, to.size);
    leveldb_writebatch_clear(self->batch);
    leveldb_write(self->db, self->synced_writes, self->batch, &error);
    return classify(error);
}

static enum dalv_status on_size(struct kv *kv, struct bytes from,
                                struct bytes to, uint64_t *out_bytes)
{
    const char *start = (const char *)from.data;
    const char *limit = (const char *)to.data;

    leveldb_approximate_sizes(self_of(kv)->db, 1, &start, &from.size, &limit,
                              &to.size, out_bytes);
    return DALV_OK;
}

/* Also what is half open. */
static void on_close(struct kv *kv)
{
    struct leveldb_kv *self = self_of(kv);

    if (self->db != NULL)
        leveldb_close(self->db);
    leveldb_writebatch_destroy(self->batch);
    leveldb_writeoptions_destroy(self->synced_writes);
    leveldb_writeoptions_destroy(self->writes);
    leveldb_readoptions_destroy(self->reads);
    leveldb_options_destroy(self->options);
    leveldb_filterpolicy_destroy(self->filter);
    leveldb_cache_destroy(self->cache);
    free(self);
}

static leveldb_iterator_t *iterator_of(const struct kv_cursor *cursor)
{
    return ((const struct leveldb_cursor *)cursor)->iterator;
}

static void on_cursor_seek(struct kv_cursor *cursor, struct bytes key)
{
    leveldb_iter_seek(iterator_of(cursor),
                      key.size == 0 ? "" : (const char *)key.data, key.size);
}

static void on_cursor_next(struct kv_cursor *cursor)
{
    leveldb_iter_next(iterator_of(cursor));
}

static bool on_cursor_is_valid(const struct kv_cursor *cursor)
{
    return leveldb_iter_valid(iterator_of(cursor)) != 0;
}

static struct bytes on_cursor_key(const struct kv_cursor *cursor)
{
    size_t size = 0;
    const char *key = leveldb_iter_key(iterator_of(cursor), &size);

    return bytes_make(key, size);
}

static struct bytes on_cursor_value(const struct kv_cursor *cursor)
{
    size_t size = 0;
    const char *value = leveldb_iter_value(iterator_of(cursor), &size);

    return bytes_make(value, size);
}

/*
 * LevelDB's cursor steps over a block that it cannot read and remembers it
 * until here.
 */
static enum dalv_status on_cursor_close(struct kv_cursor *cursor)
{
    char *error = NULL;

    leveldb_iter_get_error(iterator_of(cursor), &error);
    leveldb_iter_destroy(iterator_of(cursor));
    free(cursor);
    return classify(error);
}

static const struct kv_cursor_table cursor_table = {
    .seek = on_cursor_seek,
    .next = on_cursor_next,
    .is_valid = on_cursor_is_valid,
    .key = on_cursor_key,
    .value = on_cursor_value,
    .close = on_cursor_close,
};

static void *take_memory(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL) {
        (void)fputs("out of memory for the map\n", stderr);
        abort();
    }
    return memory;
}

static enum dalv_status on_cursor_open(struct kv *kv, struct bytes prefix,
                                       struct kv_cursor **out_cursor)
{
    struct leveldb_kv *self = self_of(kv);
    struct leveldb_cursor *cursor = take_memory(sizeof(*cursor));

    (void)prefix;
    cursor->cursor.table = &cursor_table;
    cursor->iterator = leveldb_create_iterator(self->db, self->reads);
    *out_cursor = &cursor->cursor;
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

static void set_options(struct leveldb_kv *self,
                        const struct kv_options *options)
{
    uint64_t cache_bytes = options->cache_bytes;
    uint64_t buffer_bytes = options->write_buffer_bytes;

    self->cache = leveldb_cache_create_lru(
        cache_bytes == 0 ? CACHE_BYTES_DEFAULT : cache_bytes);
    self->filter = leveldb_filterpolicy_create_bloom(BLOOM_BITS_PER_KEY);
    self->options = leveldb_options_create();
    leveldb_options_set_paranoid_checks(self->options, 1);
    leveldb_options_set_cache(self->options, self->cache);
    leveldb_options_set_filter_policy(self->options, self->filter);
    leveldb_options_set_write_buffer_size(
        self->options,
        buffer_bytes == 0 ? WRITE_BUFFER_BYTES_DEFAULT : buffer_bytes);
    leveldb_options_set_max_file_size(self->options, TABLE_BYTES_MAX);
    leveldb_options_set_compression(self->options, leveldb_snappy_compression);
    self->reads = leveldb_readoptions_create();
    leveldb_readoptions_set_verify_checksums(self->reads, 1);
    self->writes = leveldb_writeoptions_create();
    self->synced_writes = leveldb_writeoptions_create();
    leveldb_writeoptions_set_sync(self->synced_writes, 1);
    self->batch = leveldb_writebatch_create();
}

static enum dalv_status prepare_folder(struct leveldb_kv *self,
                                       bool is_tables_only)
{
    struct folder folder;
    enum dalv_status status = look_into(self->path, &folder);

    if (status != DALV_OK)
        return status;
    if (folder.has_any && !folder.has_current)
        return DALV_DAMAGED;
    leveldb_options_set_create_if_missing(self->options,
                                          folder.has_current ? 0 : 1);
    if (is_tables_only && folder.log_count > 0)
        return move_logs_aside(self->path, &folder);
    return DALV_OK;
}

enum dalv_status kv_open_leveldb(const struct kv_options *options,
                                 struct kv **out_kv)
{
    struct leveldb_kv *self = take_memory(sizeof(*self));
    struct kv *kv = &self->kv;
    enum dalv_status status = DALV_TOO_BIG;
    char *error = NULL;

    self->kv.table = &table;
    set_options(self, options);
    if (strlen(options->path) < sizeof(self->path)) {
        (void)snprintf(self->path, sizeof(self->path), "%s", options->path);
        status = prepare_folder(self, options->is_tables_only);
    }
    if (status == DALV_OK) {
        self->db = leveldb_open(self->options, self->path, &error);
        status = classify(error);
    }
    if (status == DALV_OK)
        *out_kv = kv;
    else
        kv_close(&kv);
    return status;
}

enum dalv_status kv_destroy_leveldb(const char *path)
{
    leveldb_options_t *options = leveldb_options_create();
    enum dalv_status status = remove_aside(path);
    char *error = NULL;

    if (status == DALV_OK) {
        leveldb_destroy_db(options, path, &error);
        status = classify(error);
    }
    leveldb_options_destroy(options);
    return status;
}

static enum dalv_status on_open(struct kv_opener *opener,
                                const struct kv_options *options,
                                struct kv **out_kv)
{
    (void)opener;
    return kv_open_leveldb(options, out_kv);
}

static enum dalv_status on_destroy(struct kv_opener *opener, const char *path)
{
    (void)opener;
    return kv_destroy_leveldb(path);
}

struct kv_opener *kv_opener_leveldb(void)
{
    static struct kv_opener opener = {.open = on_open, .destroy = on_destroy};

    return &opener;
}
