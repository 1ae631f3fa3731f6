/*
 * Where the entries of each partition stand in the log: for whoever reads it
 * while it is appended to.
 *
 * Each batch that holds entries of a partition is one *place* of it, so that
 * reading one partition touches the batches that it is in and no others. A
 * segment with more places than were agreed on gets coarser ones: then
 * a place stands for a run of batches, to be read one behind the other. A run
 * never leaves its segment, and where the chain was set back (TRUNCATE, MARK)
 * a new place begins. It is made anew from a scan at each opening; partitions
 * without entries take no memory for it.
 *
 * Threads: any, at once; it has a lock of its own, which is held briefly. The
 * log's thread moves it, right after a batch was written: so a reader may be
 * given what is not yet synced, and what is appended but not written is not
 * there yet.
 */
#ifndef DALV_STORAGE_LOG_CATALOG_H
#define DALV_STORAGE_LOG_CATALOG_H

#include "base/bytes.h"
#include "model/log_position.h"
#include "storage/log_state.h"
#include "storage/log_tail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_CATALOG_PLACES_MAX = 65536, /* A segment's, of 16 bytes; default. */
    LOG_CATALOG_RUN_BYTES = 256 << 10,
};

struct log_catalog;

struct log_catalog_options {
    uint32_t partition_count;
    size_t tail_bytes; /* Of batches that are kept in memory. */
    size_t places_max; /* Of a segment, before they get coarser. */
};

/* Never NULL. */
struct log_catalog *log_catalog_create(
    const struct log_catalog_options *options);
/* NULL is fine; no reader may be left. */
void log_catalog_destroy(struct log_catalog **catalog_p);

/* --- For the log's thread --- */

/*
 * A batch was written, or met by a scan. `state` has taken its records and
 * nothing behind them.
 */
void log_catalog_take(struct log_catalog *catalog, struct log_place place,
                      struct bytes body, const struct log_state *state);
/* All partitions stand as `state` says: after a scan. */
void log_catalog_settle(struct log_catalog *catalog,
                        const struct log_state *state);
/* Segments before this one are gone; `state` knows the new beginnings. */
void log_catalog_release(struct log_catalog *catalog, uint32_t first_segment,
                         const struct log_state *state);

/* --- For readers --- */

/* What a partition's log reaches from and to. */
struct log_extent {
    struct log_position start; /* The entries behind it are there, ... */
    struct log_position end;   /* ... up to this one. */
};

struct log_extent log_catalog_extent(struct log_catalog *catalog,
                                     uint32_t partition);

/* Where to look for an entry. */
struct log_run {
    struct log_place place; /* In this batch, or one behind it. */
    uint64_t first_index;   /* What the run begins with. */
    uint64_t index_limit;   /* Entries from it on are not of this run. */
};

/* False if the partition has no such entry. */
bool log_catalog_find(struct log_catalog *catalog, uint32_t partition,
                      uint64_t index, struct log_run *out_run);

/*
 * The batch's records from memory; NULL if they are not there any more. Let go
 * of it with log_catalog_drop.
 */
struct log_block *log_catalog_hold(struct log_catalog *catalog,
                                   struct log_place place);
void log_catalog_drop(struct log_catalog *catalog, struct log_block **block_p);

#endif
