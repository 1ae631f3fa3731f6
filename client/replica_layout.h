/*
 * The keys and values of a replica in its map.
 *
 *   m                                       where the replica stands
 *   k KEY                                   a key: one change
 *   e KEY' 00 01 DEVICE LOCAL POSITION      an element: one change
 *   o                                       what its owner must still do for it
 *   u UPLOAD KEYHASH, w KEY                 see client/replica_marks.h
 *   n                                       staging: a note of its owner
 *   s k ..., s e ...                        staging: the same once more
 *
 * KEY' is the key with 00 FF for each byte 00, so that elements stand in the
 * order of their keys; the dot is big endian, so that they stand in its order.
 */
#ifndef DALV_CLIENT_REPLICA_LAYOUT_H
#define DALV_CLIENT_REPLICA_LAYOUT_H

#include "base/bounds.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/change_format.h"
#include "model/cursor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REPLICA_KEY_BYTES_MAX = 2 * BOUNDS_KEY_MAX + 24,
    /* What a change takes beyond its key and value. */
    REPLICA_CHANGE_BYTES_MAX = 128,
};

/* Which of the two sets of entries. */
enum replica_set {
    REPLICA_SHOWN,
    REPLICA_STAGED,
};

struct replica_name {
    uint8_t memory[REPLICA_KEY_BYTES_MAX];
    size_t size;
};

struct bytes replica_name_bytes(const struct replica_name *name);
/* The name of an entry; `dot` NULL: of the key, else of its element. */
void replica_name_make(struct replica_name *out_name, enum replica_set set,
                       struct bytes key, const struct dot *dot);
/* What the names of all elements of `key` begin with. */
void replica_name_elements(struct replica_name *out_name, enum replica_set set,
                           struct bytes key);
/* What the names of all keys, or of all elements, of a set begin with. */
void replica_name_all(struct replica_name *out_name, enum replica_set set,
                      bool is_elements);

/* Where a replica stands: everything in it is as of this position. */
struct replica_state {
    struct cursor cursor;
    uint64_t settled;   /* Push number whose effects are all in it, ... */
    uint64_t identity;  /* ... given under this: hash64 of the install
                          id and the device id. */
    uint64_t key_count; /* Keys that are there. */
};

enum {
    REPLICA_STATE_BYTES = 41,
};

void replica_state_write(const struct replica_state *state,
                         struct writer *writer);
/* DALV_UNSUPPORTED if a newer version wrote it, DALV_DAMAGED. */
DALV_MUST_CHECK enum dalv_status
replica_state_read(struct bytes bytes, struct replica_state *out_state);

/* The one change in `bytes`; DALV_DAMAGED. */
DALV_MUST_CHECK enum dalv_status replica_change_read(struct bytes bytes,
                                                     struct change *out_change);

#endif
