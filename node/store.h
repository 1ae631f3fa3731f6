/*
 * A node's data folder: the log, and the index that is made from it.
 *
 *     DIR/log/        the append-only log: the truth
 *     DIR/index/      LevelDB: made from the log, and made anew when in doubt
 *     DIR/index.clean there only while the index was closed in order
 *     DIR/index.damaged  the index is to be made anew at the next start
 *     DIR/restoring      see node/restore.h
 *
 * Opening brings the index up to the end of the log. After an end that was not
 * in order, LevelDB's own write-ahead log is not believed: its tables hold the
 * state after an exact prefix, and our log is replayed from there.
 */
#ifndef DALV_NODE_STORE_H
#define DALV_NODE_STORE_H

#include "base/bytes.h"
#include "base/status.h"
#include "node/appender.h"
#include "storage/commit_log.h"
#include "storage/files.h"
#include "storage/index.h"
#include "storage/kv.h"

#include <stdbool.h>
#include <stdint.h>

/* In the folder: see node_store_condemn_index. */
#define NODE_STORE_DAMAGED_MARK "index.damaged"

/* In the folder while node/restore.h is under way: nothing else may open it. */
#define NODE_STORE_RESTORING_MARK "restoring"

struct node_store_options {
    struct files *files;   /* The system's, or a simulator's, ... */
    struct kv_opener *kvs; /* ... and of the index: LevelDB, or the same. */
    const char *folder;
    uint32_t partition_count;
    uint32_t segment_bytes; /* 0: the log's default. */
    uint64_t cache_bytes;   /* 0: the index's defaults. */
    uint64_t write_buffer_bytes;
    uint64_t log_id;  /* Of a new log: random. */
    uint64_t boot_id; /* Random. */
    uint64_t wall_us;
    bool is_member;    /* One of several replicas: see below. */
    bool is_restoring; /* To mark it as put back, not to be served. */
};

/* Why a folder did not open, for people. */
struct node_store_error {
    enum dalv_status status;
    char text[4608]; /* A path and what to do. */
};

struct node_store {
    char *folder;
    struct files *files;
    struct kv_opener *kvs;
    struct commit_log *log;
    struct kv *kv;
    const struct kv *entries; /* Of it: what kv_cache_counters is asked of. */
    struct index *index;
    uint32_t partition_count;
    struct log_report report; /* What the log looked like. */
    bool is_index_rebuilt;
    uint64_t replayed_count;       /* Records applied while opening. */
    struct appender_start *starts; /* One a partition. */
};

/*
 * Open, or make, the folder, replay what the index lacks, and begin an epoch
 * of every partition: this node is the only replica. DALV_LOCKED if another
 * process has it; DALV_UNSUPPORTED if it is of a newer version, or the index
 * is of an older one that the log cannot make anew; DALV_DAMAGED, DALV_IO,
 * DALV_NO_SPACE with a text that says what to do.
 */
DALV_MUST_CHECK enum dalv_status node_store_open(
    const struct node_store_options *options, struct node_store **out_store,
    struct node_store_error *out_error);

/*
 * With `is_member` nothing is replayed and no epoch is begun: the index holds
 * what is known to be committed, and what the log has above it waits until it
 * is told how far that is (node/replay.h). Damage does not stop the opening,
 * since other replicas have what was lost: a damaged index is made anew, empty,
 * and this says which partitions must be received. One of an older format is no
 * damage: all replicas may be of it. They answer, acknowledge and
 * vote nothing before.
 */
bool node_store_is_whole(const struct node_store *store, uint32_t partition);

/*
 * The index was found damaged while it was read: the next start makes it anew
 * from the log. Durable when DALV_OK comes back.
 */
DALV_MUST_CHECK enum dalv_status node_store_condemn_index(
    struct node_store *store);

/*
 * Close in order: with `is_clean` the index is flushed first and known to be
 * whole at the next start. NULL is fine. DALV_NO_SPACE, DALV_IO: it is closed,
 * but not known to be whole: nothing is lost, the next start replays more.
 */
enum dalv_status node_store_close(struct node_store **store_p, bool is_clean);

#endif
