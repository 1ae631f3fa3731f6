/*
 * State as it travels: pages of changes in a compact, plain form, the same in
 * TAIL, DIGEST, SNAPSHOT, live pushes, watches and exports.
 *
 * A change is the present state of a key or of one list element, never a step
 * towards it, so a page may be applied twice. docs/PROTOCOL.md specifies every
 * byte.
 */
#ifndef DALV_MODEL_CHANGE_FORMAT_H
#define DALV_MODEL_CHANGE_FORMAT_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/key_state.h"

#include <stdbool.h>
#include <stddef.h>

enum change_type {
    CHANGE_KEY = 1,     /* The key itself; a list without its elements. */
    CHANGE_ELEMENT = 2, /* One element of the list under `key`. */
};

struct change {
    enum change_type type;
    struct bytes key;
    /* KEY: kind, flags, expiry, revision, writer, time, generation, number,
       value and reset_revision travel, and for one in parts element_bytes;
       the rest of the memory stays at home. */
    struct key_state state;
    struct element_state element; /* ELEMENT: all of it travels. */
    uint64_t writer;              /* ELEMENT: who changed it last. */
    uint64_t time_us;             /* ELEMENT: when. */
};

/*
 * Writes changes one behind the other. A change whose key is that of the one
 * before does not repeat it.
 */
struct change_writer {
    struct writer *writer;
    struct bytes key_before; /* Borrowed from the last change put. */
    size_t count;
};

void change_writer_init(struct change_writer *changes, struct writer *writer);
/* DALV_TOO_BIG if it does not fit: then nothing was written. */
DALV_MUST_CHECK enum dalv_status change_put(struct change_writer *changes,
                                            const struct change *change);

struct change_reader {
    struct reader reader;
    struct bytes key_before;
};

void change_reader_init(struct change_reader *changes, struct bytes page);
/*
 * The next change, borrowed from the page. DALV_NOT_FOUND at the end,
 * DALV_PROTOCOL if the page is malformed.
 */
DALV_MUST_CHECK enum dalv_status change_next(struct change_reader *changes,
                                             struct change *out_change);
/* The next value that is due by `now_us`; false if none is left. */
bool change_next_due(struct change_reader *changes, uint64_t now_us,
                     struct change *out_change);

#endif
