/*
 * Entries that a TRUNCATE or a MARK cut from a partition's log, kept in files
 * of their own in the log's folder "quarantine".
 *
 * A cut entry is *unsettled*: another replica may still hold it and commit it.
 * Once this node has applied an entry of a newer epoch at or above its index it
 * is settled: either the same entry came back, then it leaves the quarantine,
 * or another stands in its place, then it was *never acknowledged* by anybody.
 * It is listed for people and never offered again: devices repeat from their
 * journals, backends by request id.
 *
 * A cut is durable here before the record that cuts is written. What is over
 * the bounds goes, the oldest cut that was never acknowledged first.
 */
#ifndef DALV_STORAGE_LOG_QUARANTINE_H
#define DALV_STORAGE_LOG_QUARANTINE_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/log_position.h"
#include "storage/files.h"
#include "storage/log_scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_CUT_VERSION = 1,
    LOG_CUT_HEADER_BYTES = 64,
    LOG_CUT_BYTES_MAX = 64 << 20, /* Of the entries of one cut. */
    LOG_QUARANTINE_BYTES_MAX = 256 << 20,
    LOG_QUARANTINE_CUTS_MAX = 1024,
};

enum log_cut_state {
    LOG_CUT_UNSETTLED,
    LOG_CUT_NEVER_ACKNOWLEDGED,
};

/* One cut. */
struct log_cut {
    uint32_t partition;
    uint32_t number; /* 1, 2, 3, ... in the order of the cuts. */
    enum log_cut_state state;
    bool is_partial;          /* Some of it was lost: damaged, or too much. */
    uint64_t epoch;           /* Of the master that had it cut. */
    struct log_position kept; /* The entry before the first of it. */
    struct log_position last; /* The last one of it. */
    uint32_t entry_count;
    uint32_t body_size; /* Of the encoded entries. */
    uint32_t body_crc;
};

/* What is in a log's quarantine; for the log's thread. */
struct log_quarantine {
    struct files *files;
    const char *folder;   /* The log's; borrowed. */
    struct log_cut *cuts; /* In the order of their numbers. */
    size_t count;
    size_t capacity;
    uint64_t bytes;
    uint32_t number_last;
};

void log_quarantine_init(struct log_quarantine *quarantine, struct files *files,
                         const char *log_folder);
void log_quarantine_deinit(struct log_quarantine *quarantine);

/* Look into the folder; none is fine, and what cannot be read stays there. */
DALV_MUST_CHECK enum dalv_status log_quarantine_load(
    struct log_quarantine *quarantine);

/*
 * Keep a cut: `cut` says everything but number, size and CRC of the encoded
 * entries. Durable when DALV_OK comes back.
 */
DALV_MUST_CHECK enum dalv_status log_quarantine_put(
    struct log_quarantine *quarantine, const struct log_cut *cut,
    struct bytes entries);

/* The oldest unsettled cut of the partition that ends at or below `position`
 * and is of an older epoch; NULL if there is none. */
const struct log_cut *log_quarantine_due(
    const struct log_quarantine *quarantine, uint32_t partition,
    struct log_position position);

/* The entries of a cut, checked; the buffer is cleared first. */
DALV_MUST_CHECK enum dalv_status log_quarantine_read(
    const struct log_quarantine *quarantine, const struct log_cut *cut,
    struct buffer *out_entries);

/* Nobody acknowledged it: it stays, for people. */
DALV_MUST_CHECK enum dalv_status log_quarantine_settle(
    struct log_quarantine *quarantine, uint32_t number);
/* It came back, or is to be forgotten. */
DALV_MUST_CHECK enum dalv_status log_quarantine_drop(
    struct log_quarantine *quarantine, uint32_t number);

/* --- Without an open log --- */

/* Called for each cut; a damaged file has `status` DALV_DAMAGED and only what
 * its name says. Return anything but DALV_OK to end the visit with it. */
typedef enum dalv_status log_cut_visitor(void *owner, const struct log_cut *cut,
                                         enum dalv_status status);

struct log_quarantine_visit {
    struct files *files;
    const char *folder;      /* The log's. */
    log_cut_visitor *on_cut; /* May be NULL, as may be: */
    log_visitor *on_entry;   /* each entry, behind its cut. */
    void *owner;
};

/*
 * Look through a quarantine. DALV_DAMAGED at the end if anything of it is;
 * DALV_NOT_FOUND if there is no such folder as the log's.
 */
DALV_MUST_CHECK enum dalv_status log_quarantine_look(
    const struct log_quarantine_visit *visit);

#endif
