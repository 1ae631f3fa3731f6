/*
 * What a log says about each of its partitions: a table that every record
 * moves, and that a segment begins with, so that older segments can go.
 *
 * The same code runs when records are appended and when they are scanned, so
 * that both come to the same ends.
 *
 * After a gap (batches that were damaged) a partition is proved whole again by
 * its next record, if that joins its end, or by the next STATE. What joins not
 * is BROKEN and goes on from where it was met; what nothing is heard of any
 * more is DOUBTFUL: entries behind its end may be lost.
 */
#ifndef DALV_STORAGE_LOG_STATE_H
#define DALV_STORAGE_LOG_STATE_H

#include "base/bytes.h"
#include "base/status.h"
#include "storage/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_EPOCHS_MAX = 16, /* The newest epochs that are remembered. */
    LOG_STATE_PAYLOAD_MAX = 1536,
};

/* The numbers stand in STATE records. */
enum log_health {
    LOG_WHOLE = 0,
    LOG_DOUBTFUL = 1, /* Entries behind `end` may have been lost. */
    LOG_BROKEN = 2,   /* Entries up to `start` were lost. */
};

struct log_epoch {
    uint64_t epoch;
    uint64_t first_index; /* Of its first entry that the log has seen. */
};

struct log_partition {
    struct log_position start; /* The log holds the entries behind it, ... */
    struct log_position end;   /* ... up to this one. */
    uint64_t promised;         /* No entry of an older epoch is taken. */
    uint8_t *members;          /* Payload of the last MEMBERS; owned. */
    size_t members_size;
    enum log_health health;
    struct log_epoch epochs[LOG_EPOCHS_MAX]; /* Oldest first. */
    size_t epoch_count;

    /* For log_state.c alone. */
    struct log_position reset; /* Where the chain was last set back to, ... */
    uint32_t reset_segment;    /* ... and in which segment. */
    uint32_t gap;              /* Up to this gap it is proved. */
    uint32_t state_segment;    /* The last segment whose STATE named it. */
};

struct log_state {
    struct log_partition *partitions;
    uint32_t partition_count;
    uint32_t segment;       /* Where the records that are taken stand, ... */
    uint32_t first_segment; /* ... and where the first one stood. */
    uint32_t gap;           /* Gaps met so far. */
};

/* 1 to RECORD_PARTITIONS_MAX partitions, all at zero. */
void log_state_init(struct log_state *state, uint32_t partition_count);
void log_state_deinit(struct log_state *state);

/*
 * Move the record's partition. DALV_DAMAGED, and nothing changed, if it does
 * not join and no gap explains that; DALV_INVALID if there is no such
 * partition.
 */
DALV_MUST_CHECK enum dalv_status log_state_take(struct log_state *state,
                                                const struct record *record);

/* What is taken from now on stands in that segment. */
void log_state_enter(struct log_state *state, uint32_t segment);

/* Batches were lost: until proved otherwise, records of any partition. */
void log_state_note_gap(struct log_state *state);

/*
 * All STATE records of the segment were taken: what they do not name is at
 * zero. DALV_DAMAGED if that contradicts what was scanned.
 */
DALV_MUST_CHECK enum dalv_status log_state_complete(struct log_state *state);

/* The end of a scan: what is not proved by now stays DOUBTFUL. */
void log_state_finish(struct log_state *state);

/* Segments before this one were removed; `state` is what it begins with. */
void log_state_advance_start(struct log_state *state, uint32_t segment,
                             const struct log_state *begins_with);

/* Nothing is DOUBTFUL any more: the owner has caught up with its master. */
void log_state_set_certain(struct log_state *state);

/*
 * The end of the largest epoch not above `epoch` that the partition has entries
 * of; its CRC is not known here. False if that is not known: it is older than
 * what is remembered.
 */
bool log_partition_epoch_end(const struct log_partition *partition,
                             uint64_t epoch, struct log_position *out_end);

/* True if the partition is as at the beginning and needs no STATE record. */
bool log_state_is_zero(const struct log_state *state, uint32_t partition);

/* The bytes that its STATE record takes. */
size_t log_state_record_bytes(const struct log_state *state,
                              uint32_t partition);

/*
 * The partition's STATE record. Its payload is written to `payload`, which
 * has room for LOG_STATE_PAYLOAD_MAX bytes and is borrowed by the record.
 */
struct record log_state_record(const struct log_state *state,
                               uint32_t partition, uint8_t *payload);

#endif
