/*
 * One record of the log: the frame that every kind of content travels in.
 *
 * Replicated records (DATA, EPOCH_START) are the entries of a partition's log.
 * They count 1, 2, 3, ... in `position.index`, each holds the CRC of the one
 * before, and they are the same bytes on every replica.
 *
 * Local records (all others) are notes of one node about a partition. They
 * take no index: `position.index` and `previous_crc` repeat those of the
 * partition's last entry, which makes them a check of the chain as well.
 *
 * The layout is docs/STORAGE_FORMAT.md's.
 */
#ifndef DALV_STORAGE_RECORD_H
#define DALV_STORAGE_RECORD_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/log_position.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RECORD_VERSION = 1,
    RECORD_HEADER_BYTES = 36,
    /* A transaction of the largest size, what it replaced in the conflict log
     * and the trails of all its operations. */
    RECORD_PAYLOAD_MAX = 12 << 20,
    RECORD_BYTES_MAX = RECORD_HEADER_BYTES + RECORD_PAYLOAD_MAX,
    RECORD_KEPT_BYTES = 20,    /* Payload of TRUNCATE and MARK. */
    RECORD_MEMBERS_MAX = 1024, /* Payload of MEMBERS. */
    RECORD_PARTITIONS_MAX = 65536,
};

/* The numbers stand in the log for ever. */
enum record_type {
    RECORD_DATA = 1,        /* One transaction: storage/user_record.h. */
    RECORD_EPOCH_START = 2, /* A master began; the payload is replication's. */
    RECORD_PROMISE = 3,     /* Nothing older than `position.epoch` is taken. */
    RECORD_TRUNCATE = 4,    /* `position.epoch`'s master had the tail cut; the
                               payload names the entry kept as the last. */
    RECORD_MEMBERS = 5,     /* The member sets; the payload is replication's. */
    RECORD_MARK = 6,        /* The log starts anew behind the entry named by the
                               payload: after a snapshot or a repair. */
    RECORD_STATE = 7,       /* A partition's log_state, at a segment's start. */
};

struct record {
    enum record_type type;
    uint32_t partition;
    /* Entry: its place. Local: epoch by type, index of the last entry. The CRC
     * is this record's own; record_encode and record_decode set it. */
    struct log_position position;
    uint32_t previous_crc; /* Of the partition's last entry before this. */
    struct bytes payload;  /* Borrowed from what was decoded. */
};

/* True for the records that are entries of the replicated log. */
bool record_is_entry(enum record_type type);

/*
 * Append the record to `writer` and set its `position.crc`. DALV_TOO_BIG if
 * the payload is beyond the limit or the writer has no room; DALV_INVALID for
 * a type or partition that cannot be. On failure the writer is as it was.
 */
DALV_MUST_CHECK enum dalv_status record_encode(struct record *record,
                                               struct writer *writer);

/*
 * Take the next record from `reader`. DALV_DAMAGED if it is cut, fails its CRC
 * or cannot be; DALV_UNSUPPORTED if it is whole but of a newer version or an
 * unknown type. On failure the reader fails and nothing is written.
 */
DALV_MUST_CHECK enum dalv_status record_decode(struct reader *reader,
                                               struct record *out_record);

/* The same without a look at the CRC, for records that were just encoded. */
DALV_MUST_CHECK enum dalv_status record_decode_unchecked(
    struct reader *reader, struct record *out_record);

/* Payload of TRUNCATE and MARK: the entry that is the last one now. */
void record_kept_encode(struct log_position kept, struct writer *writer);
/* DALV_DAMAGED if the payload is no position. */
DALV_MUST_CHECK enum dalv_status record_kept_decode(
    struct bytes payload, struct log_position *out_kept);

#endif
