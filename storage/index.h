/*
 * The index: committed state by key, over an ordered map.
 *
 * It holds nothing that the log does not hold, and is rebuilt from it whenever
 * in doubt. Each applied batch moves the partitions' applied positions in the
 * same write as the data, so what is on disk is always the state after an
 * exact prefix of the log. Writes are unsynced; index_checkpoint makes them
 * durable, and only then may log segments go.
 *
 * Threads: all functions are for the one thread that owns the index. Data read
 * is copied into the caller's arena or page.
 *
 * Every status other than DALV_OK and DALV_NOT_FOUND and DALV_TOO_BIG (the
 * caller's memory is too small) means that the map is poisoned: the owner
 * stops acknowledging, closes the index and starts again.
 */
#ifndef DALV_STORAGE_INDEX_H
#define DALV_STORAGE_INDEX_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/change_format.h"
#include "model/cursor.h"
#include "model/digest.h"
#include "model/effect.h"
#include "model/user_view.h"
#include "storage/kv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index;

struct index_position {
    uint64_t epoch;
    uint64_t index;
};

/*
 * Work on `kv`, which stays the caller's and must outlive the index. A map of
 * a newer format is DALV_UNSUPPORTED, one whose format is not ours DALV_DAMAGED.
 */
DALV_MUST_CHECK enum dalv_status index_open(struct kv *kv,
                                            uint32_t partition_count,
                                            struct index **out_index);
void index_close(struct index **index_p);

/* The position up to which `partition` is applied; zeros for none. */
struct index_position index_applied(const struct index *index,
                                    uint32_t partition);

/*
 * Collect a record to apply. It must be the next of its partition (ASSERT).
 * Nothing is visible before index_commit.
 */
void index_apply(struct index *index, uint32_t partition,
                 struct index_position position,
                 const struct user_record *record);
/* A record without user data (epoch start and the like): only the position. */
void index_skip(struct index *index, uint32_t partition,
                struct index_position position);
/* One unsynced write for everything collected. */
DALV_MUST_CHECK enum dalv_status index_commit(struct index *index);
/* Make all that was committed durable in tables. */
DALV_MUST_CHECK enum dalv_status index_checkpoint(struct index *index);

/* Fill in everything that the prepared view asks for. */
DALV_MUST_CHECK enum dalv_status index_fetch(struct index *index,
                                             uint32_t partition,
                                             struct user_view *view);

/* The user's record alone; DALV_NOT_FOUND if nothing was ever written. */
DALV_MUST_CHECK enum dalv_status index_user(struct index *index,
                                            uint32_t partition,
                                            struct bytes user,
                                            struct user_state *out_state);

/* A place in the order of a user's keys and elements, "behind this". */
struct range_position {
    struct bytes key;  /* Empty: before everything. */
    bool has_dot;      /* Behind this element of the key's list, ... */
    struct dot dot;
    bool is_after_key; /* ... or behind the key and all its elements. */
};

/*
 * Collects changes into a page within a budget of bytes. The page's memory is
 * the caller's.
 */
struct index_page {
    struct writer writer;       /* Over the caller's memory. */
    size_t count;               /* Changes in the page. */
    bool is_whole;              /* Nothing is left behind it. */
    uint64_t remaining_count;   /* Changes left behind it, ... */
    uint64_t remaining_bytes;   /* ... and their bytes, about. */
};

/* True if a change need not be told: the device has it already. */
typedef bool index_filter(void *owner, struct bytes key, uint64_t revision);

struct index_feed_query {
    struct bytes user;
    uint64_t history_id;
    uint64_t after_revision;
    struct bytes prefix;        /* Only keys that begin so. */
    index_filter *is_skipped;   /* NULL to skip none. */
    void *filter_owner;
};

/*
 * Changes after a revision, in the order of revisions, as they are now. At
 * least one change is put if there is any: DALV_TOO_BIG if the page cannot
 * hold it. `out_revision` is where to go on: the revision of the last change
 * put if the page ends inside a revision minus one, else that revision; for a
 * whole page the user's revision.
 */
DALV_MUST_CHECK enum dalv_status
index_feed(struct index *index, uint32_t partition,
           const struct index_feed_query *query, struct index_page *page,
           uint64_t *out_revision);

struct index_range_query {
    struct bytes user;
    uint64_t history_id;
    struct bytes prefix;            /* Only keys that begin so. */
    struct range_position from;     /* Exclusive: go on behind it. */
    struct range_position to;       /* Inclusive end; empty key: to the end. */
    bool has_elements;              /* Lists with their elements, ... */
    size_t count_max;               /* ... at most so many changes; 0 all. */
};

/*
 * Live keys, in order, each list's live elements behind it in the order of
 * dots. `out_reached` is the last place that the page covers; its key is
 * borrowed from the index until the next call.
 */
DALV_MUST_CHECK enum dalv_status
index_range(struct index *index, uint32_t partition,
            const struct index_range_query *query, struct index_page *page,
            struct range_position *out_reached);

struct index_digest_range {
    struct bytes last_key; /* The last key of the range; in the arena. */
    struct digest digest;
};

/*
 * Digests of consecutive ranges of at most `keys_per_range` keys that cover
 * all of the user's keys, from behind `from_key` on; at most `range_max` of
 * them. `out_is_whole` tells whether the last key was reached.
 */
DALV_MUST_CHECK enum dalv_status
index_digest(struct index *index, uint32_t partition, struct bytes user,
             uint64_t history_id, struct bytes from_key, size_t keys_per_range,
             struct arena *arena, struct index_digest_range *out_ranges,
             size_t *range_count_p, bool *out_is_whole);

struct index_due {
    uint32_t partition;
    struct bytes user;
    struct bytes key;
    uint64_t expiry_us;
};

/* Values due at `now_us`, soonest first, at most `*count_p` of them. */
DALV_MUST_CHECK enum dalv_status
index_expired(struct index *index, uint64_t now_us, struct arena *arena,
              struct index_due *out_due, size_t *count_p);

/* When the next value is due; UINT64_MAX if none is. */
DALV_MUST_CHECK enum dalv_status index_expiry_next(struct index *index,
                                                   uint64_t *out_us);

#endif
