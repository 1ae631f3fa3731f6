/*
 * A value beyond BOUNDS_VALUE_MAX on its way: parts that were sent under one
 * number, not visible before a PUT_UPLOADED binds them to their key.
 *
 * All parts but the last have BOUNDS_VALUE_MAX bytes, and they come in their
 * order; what has no more than that in all is put as it is. So equal values
 * have equal forms, and equal hashes.
 */
#ifndef DALV_MODEL_UPLOAD_H
#define DALV_MODEL_UPLOAD_H

#include "base/bounds.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define UPLOAD_BYTES_MAX                                                       \
    ((uint64_t)BOUNDS_UPLOAD_PARTS_MAX * (uint64_t)BOUNDS_VALUE_MAX)

enum {
    UPLOAD_HASH_BYTES = 8
};

struct upload_state {
    uint64_t upload;     /* Its number, within the key. */
    uint64_t began_us;   /* With its first part, or when it was given up, by the
                            master's clock. */
    uint32_t part_count; /* Parts that are there, from the first on, ... */
    uint64_t bytes;      /* ... theirs together, ... */
    uint64_t hash;       /* ... and upload_hash over them. */
    bool is_closed;      /* Its parts are the key's, or were, or went. */
};

/*
 * True for a random number that may name an upload. Parts stand where the
 * elements of lists do, under a generation, which for a list is the revision
 * that made it: the highest bit tells them apart for ever.
 */
bool upload_is_number(uint64_t number);
/* The number that some random bits make. */
uint64_t upload_number(uint64_t random);

/* The hash over some parts, from that over all but the last; 0 over none. */
uint64_t upload_hash(uint64_t hash_before, struct bytes part);

#endif
