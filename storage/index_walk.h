/*
 * A walk over a user's live keys, in their order, each list's live elements
 * behind it in the order of dots. Private to the index.
 *
 * A walk holds cursors: it is to be short, and what it gave counts only once
 * index_walk_close has said that nothing on the way was damaged.
 */
#ifndef DALV_STORAGE_INDEX_WALK_H
#define DALV_STORAGE_INDEX_WALK_H

#include "base/bytes.h"
#include "base/status.h"
#include "storage/index.h"
#include "storage/index_internal.h"

#include <stdbool.h>
#include <stddef.h>

struct index_walk_options {
    struct index_scope scope;
    struct bytes prefix;        /* Only keys that begin so. */
    struct range_position from; /* Exclusive. */
    bool has_elements;          /* Lists with their elements, ... */
    bool has_parts; /* ... and values in parts with these, as elements. */
};

struct index_walk {
    struct index *index;
    struct index_place place;
    struct bytes prefix;
    bool has_elements;
    bool has_parts;
    struct kv_cursor *keys;
    struct kv_cursor *elements; /* Opened with the first list. */
    bool is_on_key;             /* The key under `keys` was given already. */
    bool is_in_list;            /* Its elements are being given. */
    bool is_on_element;         /* The one under `elements` was given. */
    struct key_state state;     /* Of the key under `keys`. */
    struct index_key keys_start;
    struct index_key list_start;
};

/* A key, or an element of the list that was given before. */
struct index_item {
    struct bytes key;
    const struct key_state *state;
    bool is_element;
    struct index_element element;
};

DALV_MUST_CHECK enum dalv_status index_walk_open(
    struct index_walk *walk, struct index *index,
    const struct index_walk_options *options);

/*
 * What comes next, borrowed until the next call. DALV_NOT_FOUND at the end.
 */
DALV_MUST_CHECK enum dalv_status index_walk_next(struct index_walk *walk,
                                                 struct index_item *out_item);

/* True if something stands behind a key of this state, in this walk. */
bool index_walk_enters(const struct index_walk *walk,
                       const struct key_state *state);

/* Ends the walk; a walk that was not opened is fine if it is all zeros. */
DALV_MUST_CHECK enum dalv_status index_walk_close(struct index_walk *walk);

#endif
