/*
 * An ordered map from bytes to bytes: what the index and a device's replica
 * stand on, and the seam behind which LevelDB can be replaced.
 *
 * kv_leveldb.c is the product's implementation and the only file that includes
 * leveldb/c.h; tests and the simulator hand in one in memory. Any error of any
 * call poisons the map: every later call gives the same status until it is
 * closed (LevelDB 1.23 goes on after a failed append and loses what follows).
 *
 * Threads: one thread at a time uses a map and its cursors.
 */
#ifndef DALV_STORAGE_KV_H
#define DALV_STORAGE_KV_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>

struct kv;
struct kv_batch;  /* Puts and deletes that take effect as one. */
struct kv_cursor; /* Walks the keys in order, as of its opening. */

struct kv_table {
    enum dalv_status (*get)(struct kv *kv, struct bytes key,
                            struct buffer *out_value);
    enum dalv_status (*write)(struct kv *kv, const struct kv_batch *batch,
                              bool is_synced);
    /* NULL: as write, unsynced. */
    enum dalv_status (*write_apart)(struct kv *kv, const struct kv_batch *batch,
                                    size_t prefix_size);
    enum dalv_status (*cursor_open)(struct kv *kv, struct bytes prefix,
                                    struct kv_cursor **out);
    enum dalv_status (*flush)(struct kv *kv);
    enum dalv_status (*compact)(struct kv *kv, struct bytes from,
                                struct bytes to);
    enum dalv_status (*size)(struct kv *kv, struct bytes from, struct bytes to,
                             uint64_t *out_bytes);
    void (*close)(struct kv *kv);
};

struct kv {
    const struct kv_table *table;
    enum dalv_status poison; /* DALV_OK, or what every call answers now. */
};

struct kv_cursor_table {
    void (*seek)(struct kv_cursor *cursor, struct bytes key);
    void (*next)(struct kv_cursor *cursor);
    bool (*is_valid)(const struct kv_cursor *cursor);
    struct bytes (*key)(const struct kv_cursor *cursor);
    struct bytes (*value)(const struct kv_cursor *cursor);
    enum dalv_status (*close)(struct kv_cursor *cursor);
};

struct kv_cursor {
    const struct kv_cursor_table *table;
    struct kv *kv; /* Set by kv_cursor_open: what an error poisons. */
};

struct kv_options {
    const char *path;            /* The folder of the LevelDB database. */
    uint64_t cache_bytes;        /* Block cache; 0 for the default of 32 MiB. */
    uint64_t write_buffer_bytes; /* Memtable; 0 for 32 MiB. */
    bool is_tables_only;         /* Move LevelDB's write-ahead log aside first:
                                    the tables give an exact prefix. */
};

/*
 * Open, or make, a LevelDB database with paranoid checks and checksums on
 * every read. DALV_DAMAGED if it refuses; DALV_LOCKED if another process has
 * it; DALV_IO, DALV_NO_SPACE.
 */
DALV_MUST_CHECK enum dalv_status kv_open_leveldb(
    const struct kv_options *options, struct kv **out_kv);
/* Remove a LevelDB database and everything in its folder. */
DALV_MUST_CHECK enum dalv_status kv_destroy_leveldb(const char *path);

/*
 * Where maps come from: LevelDB, or what a simulator hands in. An
 * implementation embeds it as its first member.
 */
struct kv_opener {
    enum dalv_status (*open)(struct kv_opener *opener,
                             const struct kv_options *options,
                             struct kv **out_kv);
    enum dalv_status (*destroy)(struct kv_opener *opener, const char *path);
};

/* kv_open_leveldb and kv_destroy_leveldb: one shared, stateless object. */
struct kv_opener *kv_opener_leveldb(void);

DALV_MUST_CHECK enum dalv_status kv_opener_open(
    struct kv_opener *opener, const struct kv_options *options,
    struct kv **out_kv);
DALV_MUST_CHECK enum dalv_status kv_opener_destroy(struct kv_opener *opener,
                                                   const char *path);

/* DALV_NOT_FOUND leaves `out_value` alone; else it is cleared and filled. */
DALV_MUST_CHECK enum dalv_status kv_get(struct kv *kv, struct bytes key,
                                        struct buffer *out_value);
/*
 * Apply the batch as one. Unsynced it may be lost by a crash, but only
 * together with everything written after it.
 */
DALV_MUST_CHECK enum dalv_status kv_write(struct kv *kv,
                                          const struct kv_batch *batch,
                                          bool is_synced);
/*
 * The same, unsynced, for a batch that need not be one: only what it writes to
 * keys with the same first `prefix_size` bytes takes effect as one, and a crash
 * may take back more of what was written to keys that begin in another way. All
 * of it is seen at once. A map that groups keys itself takes no shorter prefix
 * than it groups by: see KV_LATE_GROUP_BYTES.
 */
DALV_MUST_CHECK enum dalv_status kv_write_apart(struct kv *kv,
                                                const struct kv_batch *batch,
                                                size_t prefix_size);
/* Make everything written so far durable in tables, none in a log alone. */
DALV_MUST_CHECK enum dalv_status kv_flush(struct kv *kv);
/*
 * Write the tables that have keys in [from, to) anew, without what was deleted
 * or replaced there. Neither end is itself a key of the map. Flushes first.
 */
DALV_MUST_CHECK enum dalv_status kv_compact(struct kv *kv, struct bytes from,
                                            struct bytes to);
/* An estimate of the bytes on disk for keys in [from, to). */
DALV_MUST_CHECK enum dalv_status kv_size(struct kv *kv, struct bytes from,
                                         struct bytes to, uint64_t *out_bytes);
void kv_close(struct kv **kv_p);

/* A batch is plain memory, the same for every implementation. */
struct kv_batch *kv_batch_create(void);
void kv_batch_destroy(struct kv_batch **batch_p);
void kv_batch_clear(struct kv_batch *batch);
void kv_batch_put(struct kv_batch *batch, struct bytes key, struct bytes value);
/* The value is `head` and behind it `tail`. */
void kv_batch_put_joined(struct kv_batch *batch, struct bytes key,
                         struct bytes head, struct bytes tail);
void kv_batch_delete(struct kv_batch *batch, struct bytes key);
size_t kv_batch_count(const struct kv_batch *batch);
size_t kv_batch_bytes(const struct kv_batch *batch);
/*
 * Called in order for each entry; `value` is NULL for a delete. Of a key that
 * was written several times the earlier entries may be left out.
 */
typedef void kv_batch_visitor(void *owner, struct bytes key,
                              const struct bytes *value);
void kv_batch_visit(const struct kv_batch *batch, kv_batch_visitor *visitor,
                    void *owner);

/*
 * A cursor sees the map as it was when it was opened. Hold it briefly: it pins
 * files. What key and value give is borrowed until the next move.
 */
DALV_MUST_CHECK enum dalv_status kv_cursor_open(struct kv *kv,
                                                struct kv_cursor **out_cursor);
/* The same, for who looks only at keys that begin with `prefix`: of others the
   cursor may not see what was written last. */
DALV_MUST_CHECK enum dalv_status kv_cursor_open_within(
    struct kv *kv, struct bytes prefix, struct kv_cursor **out_cursor);
void kv_cursor_seek(struct kv_cursor *cursor, struct bytes key);
void kv_cursor_next(struct kv_cursor *cursor);
bool kv_cursor_is_valid(const struct kv_cursor *cursor);
struct bytes kv_cursor_key(const struct kv_cursor *cursor);
struct bytes kv_cursor_value(const struct kv_cursor *cursor);
/* Ends the walk; a damaged block met on the way is told here. */
DALV_MUST_CHECK enum dalv_status kv_cursor_close(struct kv_cursor **cursor_p);

#endif
