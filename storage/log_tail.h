/*
 * The last batches that were written to the log, in memory, so that whoever
 * keeps up with it reads no disk. Private to log_catalog.c, under its lock.
 *
 * A batch that a reader holds lives on until it lets go of it, even if the
 * tail has long moved on.
 */
#ifndef DALV_STORAGE_LOG_TAIL_H
#define DALV_STORAGE_LOG_TAIL_H

#include "base/bytes.h"
#include "storage/batch.h"

#include <stddef.h>
#include <stdint.h>

/* Where a batch's header stands. */
struct log_place {
    uint32_t segment;
    uint32_t offset;
};

/* < 0, 0, > 0: in the order in which batches are written. */
int log_place_compare(struct log_place a, struct log_place b);

struct log_block {
    struct log_place place;
    size_t holder_count; /* The tail is one, as long as it keeps it. */
    size_t size;
    uint8_t body[]; /* The batch's records. */
};

struct log_tail {
    struct log_block **blocks; /* A ring, oldest first. */
    size_t capacity;
    size_t first;
    size_t count;
    size_t bytes;
    size_t bytes_max; /* 0: nothing is kept. */
};

void log_tail_init(struct log_tail *tail, size_t bytes_max);
/* Nobody may hold a block any more. */
void log_tail_deinit(struct log_tail *tail);

/* Keep a copy of a batch's records; it is behind all that are kept. */
void log_tail_put(struct log_tail *tail, struct log_place place,
                  struct bytes body);
/* The batch, held for the caller; NULL if it is not here. */
struct log_block *log_tail_hold(struct log_tail *tail, struct log_place place);
/* NULL is fine. The pointer becomes NULL. */
void log_block_drop(struct log_block **block_p);

#endif
