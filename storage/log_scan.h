/*
 * A walk over a log's segments in the order in which they were written, with
 * every check there is: the one reader behind opening, replay and `verify`.
 *
 * Where the log is bad the walk looks on for the next good batch header, page
 * by page. If there is one, the bad place is damage; if there is none to the
 * very end, it is the torn last batch. Memory is bounded by one batch and the
 * table of partitions.
 */
#ifndef DALV_STORAGE_LOG_SCAN_H
#define DALV_STORAGE_LOG_SCAN_H

#include "base/buffer.h"
#include "base/status.h"
#include "storage/batch.h"
#include "storage/files.h"
#include "storage/log_catalog.h"
#include "storage/log_report.h"
#include "storage/log_state.h"
#include "storage/segment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_SEGMENTS_MAX = 65536,
};

/* The numbers of the segments in a folder, in order. */
struct log_segments {
    uint32_t *numbers; /* Owned. */
    size_t count;
    size_t capacity;
    bool has_new; /* There is at least one segment in the making. */
};

void log_segments_init(struct log_segments *segments);
void log_segments_deinit(struct log_segments *segments);
/* Fill from the folder; DALV_TOO_BIG beyond LOG_SEGMENTS_MAX. */
DALV_MUST_CHECK enum dalv_status log_segments_list(
    struct log_segments *segments, struct files *files, const char *folder);

/*
 * Called for each good record in the order of the file, after the state has
 * taken it. Everything is borrowed for the call. A status other than DALV_OK
 * ends the walk with it.
 */
typedef enum dalv_status log_visitor(void *owner, const struct record *record);

struct log_scan_options {
    struct files *files;
    const char *folder;
    log_visitor *visitor; /* May be NULL. */
    void *owner;
    struct log_catalog *catalog; /* Told of each batch; may be NULL. */
    bool is_state_only; /* Stop behind the STATE of the first segment. */
};

/* What the walk knows at its end; the fields are for reading then. */
struct log_scan {
    struct log_scan_options options;
    struct log_state *state; /* Borrowed; moved by every good record. */
    struct log_report report;

    /* Where the next batch goes. */
    uint64_t log_id;
    uint32_t segment_bytes; /* Of the last segment; 0 if unknown. */
    uint32_t end_offset;    /* In the last segment. */
    uint64_t next_sequence;
    uint32_t previous_crc;
    uint64_t used_end;    /* Behind the last byte of it that is not zero. */
    bool is_last_damaged; /* The last segment is: append to a new one. */
    /* The last good batch, for writing it anew. */
    uint32_t last_segment;
    struct batch last_batch;

    /* For log_scan.c alone. */
    struct segment segment;
    struct buffer page; /* The batch that is looked at, from its header on. */
    struct log_damage bad; /* Not yet known to be damage or the torn end. */
    bool has_bad;
    bool has_read_failed;   /* Within `bad`. */
    bool has_lost_promises; /* No whole STATE since batches were lost. */
    bool is_anchored;       /* A good batch was met. */
    bool is_state_whole;    /* No bad place in this segment's STATE so far. */
    enum log_scan_stage {
        LOG_SCAN_STATE,
        LOG_SCAN_RECORDS,
        LOG_SCAN_DONE,
    } stage;
};

void log_scan_init(struct log_scan *scan,
                   const struct log_scan_options *options,
                   struct log_state *state);
void log_scan_deinit(struct log_scan *scan);

/*
 * Walk over these segments. DALV_OK also for a damaged log: the report tells.
 * Else nothing can be said: DALV_UNSUPPORTED (a newer version wrote it),
 * DALV_INVALID (it has more partitions), DALV_IO or the visitor's status.
 */
DALV_MUST_CHECK enum dalv_status log_scan_run(
    struct log_scan *scan, const struct log_segments *segments);

#endif
