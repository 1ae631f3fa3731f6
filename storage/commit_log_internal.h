/*
 * What commit_log.c (appending) and commit_log_open.c (opening) share.
 */
#ifndef DALV_STORAGE_COMMIT_LOG_INTERNAL_H
#define DALV_STORAGE_COMMIT_LOG_INTERNAL_H

#include "base/buffer.h"
#include "storage/commit_log.h"
#include "storage/log_catalog.h"
#include "storage/log_quarantine.h"
#include "storage/log_reader.h"
#include "storage/segment.h"

struct commit_log {
    struct commit_log_options options;
    char *folder; /* The copy that `options` points at. */
    struct file *lock;
    struct log_state state;
    struct log_catalog *catalog;
    struct log_reader *reader; /* Of the log's own thread. */
    struct log_quarantine quarantine;
    struct segment current;
    struct segment next; /* In the making, if its file is open. */
    uint64_t log_id;
    uint32_t segment_bytes; /* Of `current`. */
    uint32_t offset;        /* Where the next batch goes. */
    uint64_t next_sequence;
    uint32_t previous_crc; /* Of the header of the last batch. */
    bool is_sealed;        /* The last batch is empty. */
    bool is_uncertain;
    uint32_t first_segment;
    uint64_t old_bytes; /* Of all segments before `current`. */
    struct buffer collected;
    uint32_t collected_count;
    enum dalv_status poison;
};

/* Empty `collected` but for the room of a header. */
void commit_log_clear_collected(struct commit_log *log);
/* Write what is collected into `current`; the sync is the caller's. */
DALV_MUST_CHECK enum dalv_status commit_log_write_batch(struct commit_log *log);
/* Go over to segment `number`, which begins with the state as it is now. */
DALV_MUST_CHECK enum dalv_status commit_log_enter(struct commit_log *log,
                                                  uint32_t number);

#endif
