/*
 * A walk over a user's change feed, in its order. Private to the index.
 */
#ifndef DALV_STORAGE_INDEX_FEED_WALK_H
#define DALV_STORAGE_INDEX_FEED_WALK_H

#include "base/status.h"
#include "model/change_format.h"
#include "model/key_state.h"
#include "storage/index.h"
#include "storage/index_internal.h"
#include "storage/index_layout.h"

#include <stdbool.h>

struct index_feed_walk {
    struct index *index;
    struct index_place place;
    struct index_scan scan;
    struct index_key start;
    struct index_feed_entry entry; /* What index_feed_walk_read read. */
    /* The list whose elements came last. */
    struct index_unescaped list_key;
    struct key_state list;
};

/* Go behind `after`. Close it also if this fails. */
DALV_MUST_CHECK enum dalv_status index_feed_walk_open(
    struct index_feed_walk *walk, struct index *index,
    const struct index_scope *scope, const struct feed_position *after);

/* Read the entry into `walk->entry`. DALV_NOT_FOUND at the end. */
DALV_MUST_CHECK enum dalv_status index_feed_walk_read(
    struct index_feed_walk *walk);

/*
 * The state that the entry stands for, borrowed until the next call.
 * DALV_NOT_FOUND for an element whose list has ended.
 */
DALV_MUST_CHECK enum dalv_status index_feed_walk_change(
    struct index_feed_walk *walk, struct change *out_change);

void index_feed_walk_next(struct index_feed_walk *walk);

/* The place behind the entry; its key is in `index->reached`. */
struct feed_position index_feed_walk_reach(const struct index_feed_walk *walk);

#endif
