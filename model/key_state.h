/*
 * What a key is and what it remembers: enough to judge any later change.
 */
#ifndef DALV_MODEL_KEY_STATE_H
#define DALV_MODEL_KEY_STATE_H

#include "base/bytes.h"
#include "model/dot.h"

#include <stdbool.h>
#include <stdint.h>

/* Who wrote: a device's id, or one of these. */
#define WRITER_BACKEND UINT64_C(0)
#define WRITER_SYSTEM UINT64_MAX /* Expiry. */

enum key_kind {
    KEY_NONE = 0, /* Absent: with a revision, a tombstone. */
    KEY_REGISTER = 1,
    KEY_LIST = 2,
    KEY_COUNTER = 3,
};

struct key_state {
    enum key_kind kind;
    uint32_t flags;          /* KEY_REGISTER. */
    uint64_t expiry_us;      /* KEY_REGISTER: since 1970, 0 for none. */
    uint64_t revision;       /* Of the last change, of an element too; 0 if the
                                key was never there. */
    uint64_t writer;         /* Who made it. */
    uint64_t other_revision; /* The last change by anybody else; 0 if none. */
    /*
     * The last PUT, DEL or change of kind, and who made it. A key that was
     * absent has no kind to change: making a list or a counter of it is none,
     * so that the first additions of two devices commute.
     */
    uint64_t reset_revision;
    uint64_t reset_writer;
    uint64_t time_us;       /* Of the last change, by the master's clock. */
    uint64_t generation;    /* KEY_LIST: the revision that made it, which
                               tells it from earlier lists under the same key;
                               KEY_REGISTER: the upload that its parts came
                               under, see key_state_is_in_parts; else 0. */
    uint32_t element_count; /* KEY_LIST: live elements. */
    uint64_t element_bytes; /* KEY_LIST: their values together; in parts: the
                               bytes of all parts. */
    int64_t number;         /* KEY_COUNTER. */
    struct bytes value;     /* KEY_REGISTER; in parts: the hash over them,
                               UPLOAD_HASH_BYTES little endian. */
};

/*
 * One element of a list. Elements are shown in the order of (added_revision,
 * dot.position): the order in which the master took them.
 */
struct element_state {
    struct dot dot;
    uint64_t generation; /* Of the list that it belongs to. */
    uint64_t added_revision;
    uint64_t revision; /* Of its last change: added or removed. */
    bool is_removed;
    struct bytes value; /* Empty when removed. */
};

/*
 * True of a register whose value is not in `value`: its parts stand where the
 * elements of a list would, in their order, with `generation` and the dots
 * (0, 0, position).
 */
bool key_state_is_in_parts(const struct key_state *state);

/* Of one in parts: what upload_hash gave over them. */
uint64_t key_state_parts_hash(const struct key_state *state);

/*
 * The revision under which the key's own entry stands in the change feed: a
 * list's is the one that made it, since elements have entries of their own.
 */
uint64_t key_state_feed_revision(const struct key_state *state);

#endif
