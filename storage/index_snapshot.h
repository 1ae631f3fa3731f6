/*
 * Moving a partition's index from one node to another, page by page, while both
 * go on.
 *
 * The reader cuts the partition's entries into pages, in the order of the map;
 * each page says at which place of the log it was read. The first names S0: the
 * receiver stores all pages in a *generation* of its own, then applies the log
 * from S0 on to it. Applying is a pure function of the record, so what a page
 * already holds of it is only written again. Once the log is applied up to the
 * newest place at which a page was read, nothing is half there, and the
 * generation is adopted: from then on it is the index, by one write. Until then
 * reads see what was there before.
 *
 * A dead generation is purged in the background, some entries a call. Whatever
 * a crash takes back, the index is the old one, or the new one; and what was
 * received goes on where it was.
 */
#ifndef DALV_STORAGE_INDEX_SNAPSHOT_H
#define DALV_STORAGE_INDEX_SNAPSHOT_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/log_position.h"
#include "storage/index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- Out --- */

struct index_snapshot_page {
    struct writer writer;         /* Over the caller's memory. */
    struct log_position position; /* Where the page was read. */
    struct bytes resume;          /* To hand in for the next page. */
    bool is_whole;                /* There is none. */
};

/*
 * Fill the next page; `resume` is empty for the first one. What the page gives
 * to resume from is borrowed from it. DALV_TOO_BIG if there is not even room
 * for one entry.
 */
DALV_MUST_CHECK enum dalv_status index_snapshot_read(
    struct index *index, uint32_t partition, struct bytes resume,
    struct index_snapshot_page *page);

/* --- In --- */

/*
 * Receive a snapshot into a new generation. What was received before and not
 * adopted is given up. Unsynced; nothing may be collected (ASSERT), as for all
 * that follow.
 */
DALV_MUST_CHECK enum dalv_status index_snapshot_begin(struct index *index,
                                                      uint32_t partition);
/*
 * Store the next page, in one unsynced write. The page came over a network:
 * DALV_DAMAGED if it is not as it was made; DALV_UNSUPPORTED if its entries are
 * of another format than the index; DALV_CONFLICT if it does not follow
 * the one before; DALV_PRECONDITION if none is wanted. Nothing changed then.
 */
DALV_MUST_CHECK enum dalv_status index_snapshot_store(struct index *index,
                                                      uint32_t partition,
                                                      struct bytes page);
/*
 * What was received is the index from now on, by one write, and whatever
 * happens to the process: it is in the tables when DALV_OK comes back.
 * DALV_PRECONDITION: pages are missing, or the log is not yet applied up to
 * where the newest of them was read.
 */
DALV_MUST_CHECK enum dalv_status index_snapshot_adopt(struct index *index,
                                                      uint32_t partition);

struct index_snapshot_state {
    bool is_receiving;
    bool is_complete;             /* All pages are stored. */
    struct log_position position; /* S0, and what was applied since. */
    uint64_t index_max;           /* To be adopted, it must reach this. */
    struct bytes resume;          /* Behind the last page; borrowed. */
};

struct index_snapshot_state index_snapshot_state(const struct index *index,
                                                 uint32_t partition);

/* --- Away --- */

/* This node holds the partition no more: it is empty, as durably. */
DALV_MUST_CHECK enum dalv_status index_drop(struct index *index,
                                            uint32_t partition);

/*
 * Remove up to `count_max` entries of dead generations, of whatever partition.
 * `out_is_done`: there are none left.
 */
DALV_MUST_CHECK enum dalv_status index_purge(struct index *index,
                                             size_t count_max,
                                             bool *out_is_done);

#endif
