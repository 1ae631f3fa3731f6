/*
 * Brings an index up to its log: entries are decoded and applied, in writes of
 * bounded size. For the thread that owns the index.
 */
#ifndef DALV_NODE_REPLAY_H
#define DALV_NODE_REPLAY_H

#include "base/arena.h"
#include "base/status.h"
#include "storage/index.h"
#include "storage/log_reader.h"
#include "storage/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* One write of the index takes so many records, or so much of the log. */
    REPLAY_COMMIT_EVERY = 1000,
    REPLAY_COMMIT_BYTES = 1 << 20,
    REPLAY_PIECE_BYTES = 256 << 10, /* Of the log, in one replay_step. */
};

struct replay {
    struct index *index; /* Borrowed. */
    void *block;
    struct arena arena;
    struct log_entries entries;
    size_t uncommitted; /* Records, ... */
    size_t uncommitted_bytes;
    uint64_t count; /* Records applied so far. */
};

/* DALV_NO_MEMORY: nothing is held. */
DALV_MUST_CHECK enum dalv_status replay_init(struct replay *replay,
                                             struct index *index);
/* Also of one that was not initialized, if it is all zeros. */
void replay_deinit(struct replay *replay);

/*
 * A log_visitor whose owner is the replay: apply an entry, the next one of its
 * partition; other records are passed over. DALV_DAMAGED, DALV_UNSUPPORTED: it
 * cannot be decoded; else as index_commit.
 */
DALV_MUST_CHECK enum dalv_status replay_record(void *owner,
                                               const struct record *record);
/* Write what was applied and is not written yet. */
DALV_MUST_CHECK enum dalv_status replay_commit(struct replay *replay);

struct replay_goal {
    uint32_t partition;
    uint64_t index_max; /* Up to it entries are known to be committed. */
};

/*
 * Apply another piece of the log to the partition, or to the snapshot that is
 * received of it (index_reached). Pieces of several partitions share a write:
 * the last of it is done by replay_commit. `out_is_done`: it has come to the
 * goal, or to what the log holds. As log_reader_read and replay_record.
 */
DALV_MUST_CHECK enum dalv_status replay_step(struct replay *replay,
                                             struct log_reader *reader,
                                             const struct replay_goal *goal,
                                             bool *out_is_done);

#endif
