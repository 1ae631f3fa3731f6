/*
 * One batch of the log: what is written and synced as one.
 *
 * A batch is a header, its records and zeros up to the next multiple of
 * BATCH_ALIGNMENT. It is written only after all batches before it were synced,
 * so a good header says that every earlier batch is durable, and only the last
 * batch of a log can be torn. An empty one says it of the last.
 *
 * The header holds the log's identity, its own place (segment and offset), a
 * sequence number and the CRC of the header before it. So no bytes of a value,
 * of another log or of another time are ever taken for one.
 */
#ifndef DALV_STORAGE_BATCH_H
#define DALV_STORAGE_BATCH_H

#include "base/bytes.h"
#include "base/status.h"
#include "storage/record.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BATCH_VERSION = 1,
    BATCH_HEADER_BYTES = 64,
    BATCH_ALIGNMENT = 4096,
    BATCH_BODY_MAX = 16 << 20,
};

enum {
    BATCH_IS_STATE = 1,       /* STATE records at the start of a segment. */
    BATCH_HAS_MORE_STATE = 2, /* ... and the next batch has further ones. */
    BATCH_IS_UNCERTAIN = 4, /* The log lost its tail and is not whole again. */
};

struct batch {
    uint16_t flags;
    uint32_t record_count;
    uint64_t sequence; /* 1, 2, 3, ... over the whole log. */
    uint64_t log_id;
    uint32_t segment;
    uint32_t segment_bytes; /* The size of the segment's file. */
    uint32_t offset;        /* Of the header in its segment. */
    uint32_t body_size;
    uint32_t body_crc;
    uint32_t previous_crc; /* Of the header of the batch before. */
    uint32_t crc;          /* Of this header; set by both functions. */
};

/* Bytes on disk of a batch with such a body: a multiple of BATCH_ALIGNMENT. */
uint64_t batch_bytes(uint32_t body_size);

/* Write the header of BATCH_HEADER_BYTES and set its CRC. */
void batch_encode(struct batch *batch, uint8_t *out_header);

/*
 * Read a header from the front of `bytes`. DALV_DAMAGED if there is none;
 * DALV_UNSUPPORTED if it is whole but of a newer version.
 */
DALV_MUST_CHECK enum dalv_status batch_decode(struct bytes bytes,
                                              struct batch *out_batch);

#endif
