/*
 * Reads the entries of one partition out of a log that is being appended to.
 *
 * Entries come as they stand, encoded, each checked by its CRC and by its chain
 * to the one before. What was written lately comes from memory, the rest from
 * those batches of the segments that hold entries of the partition.
 *
 * Threads: each reader belongs to one thread; that need not be the log's, and
 * readers do not wait for its syncs. So they may give entries that are not yet
 * synced. All readers are closed before the log.
 */
#ifndef DALV_STORAGE_LOG_READER_H
#define DALV_STORAGE_LOG_READER_H

#include "base/buffer.h"
#include "base/status.h"
#include "model/log_position.h"
#include "storage/commit_log.h"
#include "storage/log_catalog.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_reader;

/* Never NULL. `log` is borrowed until the reader is closed. */
struct log_reader *log_reader_open(const struct commit_log *log);
/* NULL is fine. */
void log_reader_close(struct log_reader **reader_p);

/* What is wanted: the entries of a partition behind one of them. */
struct log_range {
    uint32_t partition;
    struct log_position after; /* Zeros: from the first one. */
    uint64_t index_max;        /* Up to it; UINT64_MAX: all there are. */
    size_t bytes_max;  /* It ends with the entry that reaches it, or before. */
    bool is_by_index;  /* Only the index of `after` is known. */
    bool is_one_epoch; /* It ends where another epoch begins. */
};

/* What was read. Memory is kept from one reading to the next. */
struct log_entries {
    struct buffer records; /* Encoded, one behind the other. */
    size_t count;
    uint32_t before_crc;      /* Of the entry that they follow. */
    struct log_position last; /* Of them; `after` if there are none. */
};

void log_entries_init(struct log_entries *entries);
void log_entries_deinit(struct log_entries *entries);

/*
 * Read a piece of the range: at least one entry if there is any in it.
 *
 * DALV_NOT_FOUND: the log does not reach back to `after` any more.
 * DALV_CONFLICT: `after` is no entry of this log. DALV_DAMAGED: an entry that
 * was there is not as it was written. DALV_IO as the system says. On any of
 * them `entries` holds what was read before it.
 */
DALV_MUST_CHECK enum dalv_status log_reader_read(struct log_reader *reader,
                                                 const struct log_range *range,
                                                 struct log_entries *entries);

/*
 * The whole position of the entry with an index. DALV_NOT_FOUND if the log
 * does not hold it; the log's start and end are always known. Else as
 * log_reader_read.
 */
DALV_MUST_CHECK enum dalv_status log_reader_locate(
    struct log_reader *reader, uint32_t partition, uint64_t index,
    struct log_position *out_position);

/* What the partition's log reaches from and to, of what is written. */
struct log_extent log_reader_extent(const struct log_reader *reader,
                                    uint32_t partition);

#endif
