/*
 * The append-only log of a node: all partitions in one row of segments, so that
 * one sync makes everything durable that was collected before it.
 *
 * Promises
 *
 * 1. What was appended before a commit_log_sync that gave DALV_OK is there
 *    after any crash, whole and once. What was not synced is there up to some
 *    batch or not at all.
 * 2. A batch is written only after all batches before it were synced. Hence
 *    only the last one can be torn; it is cut at the next opening, which says
 *    so. Anything bad before a good batch is damage and never cut.
 * 3. After the first failed write or sync every call gives the same status:
 *    nothing is ever appended behind a half-written batch. The owner ends its
 *    process; the next opening looks at what the disk holds.
 * 4. No reading or writing depends on what a value's bytes look like.
 *
 * Threads: one thread at a time. (base/log.h is about lines of text.)
 */
#ifndef DALV_STORAGE_COMMIT_LOG_H
#define DALV_STORAGE_COMMIT_LOG_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/log_position.h"
#include "storage/files.h"
#include "storage/log_report.h"
#include "storage/log_scan.h"
#include "storage/log_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct commit_log;
struct log_quarantine;

struct commit_log_options {
    struct files *files;
    const char *folder;       /* Made if `is_created`; its parent exists. */
    uint32_t partition_count; /* 1 .. RECORD_PARTITIONS_MAX. */
    uint32_t segment_bytes;   /* Of new segments; 0 for the default. */
    size_t tail_bytes;        /* Of batches kept in memory for readers. */
    size_t places_max;        /* See log_catalog.h; 0 for the default. */
    uint64_t log_id;          /* Of a new log: random, not 0. */
    bool is_created;          /* Make the log if the folder has none. */
    bool is_damage_accepted;  /* Open a damaged log: see below. */
};

/*
 * Open the log, cut a torn last batch and make durable what is left.
 *
 * `out_report` is always written. DALV_NOT_FOUND: there is no log and
 * `is_created` is not set (a log that was there once must never be made anew
 * in silence). DALV_LOCKED: another process has it. DALV_UNSUPPORTED: a newer
 * version wrote it. DALV_INVALID: it has more partitions than the options say.
 *
 * DALV_DAMAGED: something is bad before a good later batch. With
 * `is_damage_accepted` the log opens nevertheless: partitions whose health is
 * not LOG_WHOLE lost entries and must be repaired from other replicas, and the
 * log goes on in a new segment if the last one is damaged. Without a single
 * good batch it stays DALV_DAMAGED.
 */
DALV_MUST_CHECK enum dalv_status commit_log_open(
    const struct commit_log_options *options, struct log_report *out_report,
    struct commit_log **out_log);

/* Syncs and seals if nothing failed before, closes and releases; NULL is fine.
 */
void commit_log_close(struct commit_log **log_p);

/*
 * Collect encoded records, which take effect together: they are in one batch.
 * Each must join its partition (ASSERT). Nothing is durable before
 * commit_log_sync, though what was collected earlier may be written, and then
 * synced, to make room.
 *
 * DALV_TOO_BIG, and nothing changed, beyond commit_log_append_max(). Any other
 * failure is for good.
 */
DALV_MUST_CHECK enum dalv_status commit_log_append(struct commit_log *log,
                                                   struct bytes records,
                                                   size_t record_count);
/* Entries of one partition, encoded, as a master sent them. */
struct commit_log_received {
    uint32_t partition;
    uint64_t epoch; /* The master's: the entries may be of older ones. */
    struct bytes entries;
};

/*
 * Collect them, and with them a promise of the master's epoch. Nothing of them
 * is taken unless all are good: DALV_DAMAGED: one fails its CRC or cannot be;
 * DALV_INVALID: one is no entry of the partition, or newer than its master;
 * DALV_PRECONDITION: the promise is of a newer epoch; DALV_CONFLICT: they do
 * not join the partition's end. DALV_TOO_BIG as above; any other failure is
 * for good.
 */
DALV_MUST_CHECK enum dalv_status commit_log_receive(
    struct commit_log *log, const struct commit_log_received *received);

/*
 * Collect a promise: nothing of an older epoch is taken from now on. What was
 * promised already is no new record, and yet not durable before the next sync.
 * DALV_PRECONDITION: a newer one was promised.
 */
DALV_MUST_CHECK enum dalv_status commit_log_promise(struct commit_log *log,
                                                    uint32_t partition,
                                                    uint64_t epoch);
/* Collect the member sets. DALV_TOO_BIG beyond RECORD_MEMBERS_MAX. */
DALV_MUST_CHECK enum dalv_status commit_log_set_members(struct commit_log *log,
                                                        uint32_t partition,
                                                        uint64_t epoch,
                                                        struct bytes members);

struct commit_log_cut {
    uint32_t partition;
    uint64_t epoch;         /* Of the master that asks for it. */
    uint64_t index;         /* Of the last entry from now on. */
    uint64_t applied_index; /* What the index holds. */
};

/*
 * Cut the entries behind `index`. They are durable in the quarantine before the
 * cut is collected; syncs what was collected before. Nothing to cut is fine.
 *
 * DALV_PRECONDITION: entries of that epoch or a newer promise are there.
 * DALV_CONFLICT: the log ends below `index`. DALV_NOT_FOUND: it does not reach
 * back to it. DALV_DAMAGED: it would cut what was applied, or the entry there
 * cannot be read. In these cases nothing changed.
 */
DALV_MUST_CHECK enum dalv_status commit_log_truncate(
    struct commit_log *log, const struct commit_log_cut *cut);

struct commit_log_beginning {
    uint32_t partition;
    struct log_position position; /* The entries behind it are to come. */
    uint64_t applied_index;       /* What the index held before. */
};

/*
 * The partition's log begins anew there: a snapshot holds what is up to it.
 * Entries above what was applied go to the quarantine.
 */
DALV_MUST_CHECK enum dalv_status commit_log_mark(
    struct commit_log *log, const struct commit_log_beginning *beginning);
/*
 * This node holds the partition no more: it stands at zero again, without
 * members. What was promised stays promised. Its entries go with the segments.
 */
DALV_MUST_CHECK enum dalv_status commit_log_forget(struct commit_log *log,
                                                   uint32_t partition);

/*
 * What was cut from the partition is settled as far as `applied` says (see
 * log_quarantine.h). Call it when an entry of a new epoch was applied; it is
 * cheap if nothing was cut.
 */
DALV_MUST_CHECK enum dalv_status commit_log_settle(struct commit_log *log,
                                                   uint32_t partition,
                                                   struct log_position applied);
const struct log_quarantine *commit_log_quarantine(
    const struct commit_log *log);

/* The most bytes that an append takes, whatever the current segment holds. */
size_t commit_log_append_max(const struct commit_log *log);

/* Make everything that was appended durable: one write and one sync. */
DALV_MUST_CHECK enum dalv_status commit_log_sync(struct commit_log *log);

/*
 * For an idle log: close it with an empty batch, so that rot in the last one
 * is not mistaken for a crash. Syncs first; does nothing if it is closed.
 */
DALV_MUST_CHECK enum dalv_status commit_log_seal(struct commit_log *log);

/*
 * Fill up to `bytes` more of the next segment with zeros, so that going over to
 * it costs no pause; call it after what waited for a sync was answered. Does
 * nothing once the next segment is full.
 */
DALV_MUST_CHECK enum dalv_status commit_log_prepare(struct commit_log *log,
                                                    uint32_t bytes);

/*
 * Go on in a new segment, so that what was written before can be released.
 * Syncs first.
 */
DALV_MUST_CHECK enum dalv_status commit_log_turn(struct commit_log *log);

/* All that is appended, synced or not. Borrowed until the next append. */
const struct log_partition *commit_log_partition(const struct commit_log *log,
                                                 uint32_t partition);
struct log_position commit_log_end(const struct commit_log *log,
                                   uint32_t partition);
uint64_t commit_log_bytes(const struct commit_log *log); /* On disk. */
/* DALV_OK, or what every call gives since the first failure. */
enum dalv_status commit_log_poison(const struct commit_log *log);

/*
 * True if a tail was lost, by this opening or an earlier one, and the owner has
 * not said since that all is there again: what it promises until then may lack
 * entries that it once acknowledged.
 */
bool commit_log_is_uncertain(const struct commit_log *log);

/*
 * The owner holds, of each of its partitions, all that the current master held
 * when that first answered this process: what the lost tail may have held is
 * there again. Durable with the next sync or seal.
 */
void commit_log_set_certain(struct commit_log *log);

/*
 * Visit the log's records in the order in which they were written, before the
 * first append: of entries those whose index is above `from[partition]`, of
 * local records all but STATE. An entry that a TRUNCATE cuts later is visited
 * as well, before it. Segments that hold no entry above `from` are not read.
 * The visitor's status ends the walk.
 */
DALV_MUST_CHECK enum dalv_status commit_log_replay(
    struct commit_log *log, const struct log_position *from,
    log_visitor *visitor, void *owner);

/* Which old segments may go. Arrays have one position for each partition. */
struct commit_log_retention {
    /* Applied to the index and flushed there: nothing above it ever goes. */
    const struct log_position *flushed;
    /* Wanted by nobody up to this index; NULL if nobody wants anything. */
    const uint64_t *wanted;
    uint64_t bytes_max; /* Beyond it `wanted` is not heard. */
};

/*
 * Remove the oldest segments whose entries are all at or below the positions.
 * The newest one always stays.
 */
DALV_MUST_CHECK enum dalv_status commit_log_release(
    struct commit_log *log, const struct commit_log_retention *retention);

#endif
