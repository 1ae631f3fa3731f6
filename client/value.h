/*
 * What is under a key, as the SDK hands it out: made from changes of
 * model/change_format or from a replica's records, and owning its bytes.
 *
 * A value is built once, sorted, and then only read.
 */
#ifndef DALV_CLIENT_VALUE_H
#define DALV_CLIENT_VALUE_H

#include "base/buffer.h"
#include "base/status.h"
#include "client/dalv.h"
#include "model/key_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct value_element {
    struct dot dot;
    uint64_t added_revision; /* 0 while it is pending. */
    bool is_removed;         /* Only in events. */
    size_t offset;           /* Into the value's bytes. */
    size_t size;
};

struct dalv_value {
    enum dalv_kind kind;
    uint32_t flags;
    uint64_t expiry_us;
    int64_t number;
    uint64_t revision;
    uint64_t generation;
    bool is_pending;
    struct buffer bytes; /* A register's, or those of all elements. */
    uint64_t size;       /* Of a register: of its bytes, once all are there. */
    uint32_t part_count; /* How many parts of it are there. */
    struct value_element *elements;
    size_t element_count;
    size_t element_capacity;
};

/*
 * A value of the kind, flags, expiry, number and bytes of `state`, which are
 * copied; a list has no elements yet, and a value in parts no bytes.
 * DALV_NO_MEMORY.
 */
DALV_MUST_CHECK enum dalv_status value_create(const struct key_state *state,
                                              struct dalv_value **out_value);

/* A value of its own that is the same. DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status value_copy(const struct dalv_value *value,
                                            struct dalv_value **out_value);

/*
 * Add an element, its bytes copied; one with the same dot is replaced. The
 * value's revision grows to the element's. DALV_NO_MEMORY: nothing changed.
 */
DALV_MUST_CHECK enum dalv_status
value_put_element(struct dalv_value *value,
                  const struct element_state *element);

/*
 * Add the next part of a value in parts, its bytes copied. One that is not the
 * next, or is of another value, is left out. DALV_NO_MEMORY.
 */
DALV_MUST_CHECK enum dalv_status
value_put_part(struct dalv_value *value, const struct element_state *part);

/*
 * Put the elements into the order in which they are shown: that of
 * (added_revision, dot.position), pending ones behind all others.
 */
void value_sort(struct dalv_value *value);

#endif
