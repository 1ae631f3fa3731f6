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
 * Reading sees what was committed. Every status other than DALV_OK,
 * DALV_NOT_FOUND and DALV_TOO_BIG (the caller's memory is too small) means
 * that the map is poisoned: the owner stops acknowledging, closes the index
 * and starts again.
 *
 * Lists come in bounded pieces: the caller hands in an array with its
 * capacity, and goes on behind the last item as long as `is_whole` is false.
 */
#ifndef DALV_STORAGE_INDEX_H
#define DALV_STORAGE_INDEX_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/digest.h"
#include "model/dot.h"
#include "model/effect.h"
#include "model/log_position.h"
#include "model/user_state.h"
#include "model/user_view.h"
#include "storage/kv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INDEX_PARTITIONS_MAX = 65535,
    /* Most entries that one call looks at to find what it gives. */
    INDEX_WALK_MAX = 10000,
    /* Most entries that a page's `remaining` counts; beyond it is estimated. */
    INDEX_REMAINING_MAX = 4096,
};

struct index;

/* One history of one user. */
struct index_scope {
    uint32_t partition;
    struct bytes user;
    uint64_t history_id;
};

/*
 * Work on `kv`, which stays the caller's and must outlive the index. An empty
 * map becomes an index of 1 to INDEX_PARTITIONS_MAX partitions. A map of a
 * newer format is DALV_UNSUPPORTED, one of an older format DALV_REBASE: it is
 * whole, but must be made anew to be read here. One without a format that can
 * be is DALV_DAMAGED, one of another number of partitions DALV_INVALID.
 */
DALV_MUST_CHECK enum dalv_status index_open(struct kv *kv,
                                            uint32_t partition_count,
                                            struct index **out_index);
void index_close(struct index **index_p);

/* The position up to which `partition` is applied; zeros for none. */
struct log_position index_applied(const struct index *index,
                                  uint32_t partition);

/*
 * The position that the next record must follow: of what was applied to the
 * partition or, once all its pages are stored, to the snapshot that is received
 * of it; written yet or not.
 */
struct log_position index_reached(const struct index *index,
                                  uint32_t partition);

/* DALV_OK, or why the owner must close it: see above. */
enum dalv_status index_poison(const struct index *index);

/* The newest time of a record collected or applied; 0 if there is none. */
uint64_t index_time_us(const struct index *index, uint32_t partition);

/*
 * Collect a record to apply. It must be the next of its partition (ASSERT).
 * Nothing is visible before index_commit.
 */
void index_apply(struct index *index, uint32_t partition,
                 struct log_position position,
                 const struct user_record *record);
/*
 * A record without user data (epoch start and the like): only its position,
 * and its time, or 0 if it has none.
 */
void index_skip(struct index *index, uint32_t partition,
                struct log_position position, uint64_t time_us);
/*
 * All that was collected is seen from now on, at once; each partition's part
 * survives a crash as one or not at all, and surely only with a checkpoint.
 */
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

/*
 * Collects changes into a page within a budget of bytes. The page's memory is
 * the caller's; a call goes on where the writer stands and adds to `count`.
 */
struct index_page {
    struct writer writer;     /* Over the caller's memory. */
    size_t count;             /* Changes in the page. */
    bool is_whole;            /* Nothing is left behind it. */
    uint64_t remaining_count; /* Changes left behind it, ... */
    uint64_t remaining_bytes; /* ... and their bytes, about. */
};

/* True if a change need not be told: the device has it already. */
typedef bool index_filter(void *owner, struct bytes key, uint64_t revision);

/* A place in the order of a user's changes, "behind this". */
struct feed_position {
    uint64_t revision; /* With an empty key: behind all of this revision. */
    struct bytes key;  /* Else inside it: behind this key's own entry, ... */
    bool has_dot;      /* ... or behind this element of its list. */
    struct dot dot;
};

struct index_feed_query {
    struct index_scope scope;
    struct feed_position after;
    struct bytes prefix;      /* Only keys that begin so. */
    index_filter *is_skipped; /* NULL to skip none. */
    void *filter_owner;
};

/*
 * Changes behind a position, in the order of revisions, keys and dots, as they
 * are now; elements of lists that ended are left out. At least one change is
 * put if there is any: DALV_TOO_BIG if the page cannot hold it.
 * `out_reached` is where to go on; its key is borrowed from the index until
 * the end of the next call, which may be handed it. Behind a whole page it is
 * the user's revision. DALV_NOT_FOUND if the user's history is another one.
 */
DALV_MUST_CHECK enum dalv_status index_feed(
    struct index *index, const struct index_feed_query *query,
    struct index_page *page, struct feed_position *out_reached);

/* A place in the order of a user's keys and elements, "behind this". */
struct range_position {
    struct bytes key; /* Empty: before everything. */
    bool has_dot;     /* Behind this element of the key's list, ... */
    struct dot dot;
    bool is_after_key; /* ... or behind the key and all its elements. */
};

struct index_range_query {
    struct index_scope scope;
    struct bytes prefix;        /* Only keys that begin so. */
    struct range_position from; /* Exclusive: go on behind it. */
    struct range_position to;   /* Inclusive end; empty key: to the end. */
    bool has_elements;          /* Lists with their elements, ... */
    bool has_parts;             /* ... large values with their parts, ... */
    size_t count_max;           /* ... at most so many changes; 0 all. */
};

/*
 * Live keys, in order, each list's live elements behind it in the order of
 * dots, and a large value's parts in theirs, as elements. `out_reached` is the
 * last place that the page covers; its key is borrowed from the index until the
 * end of the next call, which may be handed it. Behind a whole page it is
 * `query->to`. At least one change is put if there is any: DALV_TOO_BIG if
 * the page cannot hold it.
 */
DALV_MUST_CHECK enum dalv_status index_range(
    struct index *index, const struct index_range_query *query,
    struct index_page *page, struct range_position *out_reached);

struct index_digest_query {
    struct index_scope scope;
    struct bytes from_key; /* From behind it on; empty: from the start. */
    size_t keys_per_range; /* At least 1. */
};

struct index_digest_range {
    struct bytes last_key; /* The last key of the range; in the arena. */
    struct digest digest;
};

struct index_digests {
    struct index_digest_range *items;
    size_t capacity;
    size_t count;
    bool is_whole; /* The last range reaches the end of the keys. */
};

/*
 * Digests of consecutive ranges of `keys_per_range` live keys each (the last
 * may have fewer), each list's live elements with its key.
 */
DALV_MUST_CHECK enum dalv_status index_digest(
    struct index *index, const struct index_digest_query *query,
    struct arena *arena, struct index_digests *digests);

struct index_due {
    struct bytes user;
    uint64_t history_id;
    struct bytes key;
    uint64_t expiry_us;
};

struct index_dues {
    struct index_due *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

/*
 * Values of a partition due at `now_us`, soonest first. Those of an erased
 * history are left out. Looks at INDEX_WALK_MAX entries at most.
 */
DALV_MUST_CHECK enum dalv_status index_expired(struct index *index,
                                               uint32_t partition,
                                               uint64_t now_us,
                                               struct arena *arena,
                                               struct index_dues *dues);

/*
 * When the next value of a partition is due; UINT64_MAX if none is. It may be
 * too early by a value that was changed or erased since, never too late.
 */
DALV_MUST_CHECK enum dalv_status index_expiry_next(struct index *index,
                                                   uint32_t partition,
                                                   uint64_t *out_us);

struct index_devices {
    struct device_state *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

/* A user's devices with ids above `after_device`, in their order. */
DALV_MUST_CHECK enum dalv_status index_list_devices(
    struct index *index, const struct index_scope *scope, uint64_t after_device,
    struct index_devices *devices);

struct index_conflicts_query {
    struct index_scope scope;
    uint64_t after_revision; /* Behind this entry of the log; zeros: from */
    uint32_t after_position; /* the start. */
};

struct index_conflicts {
    struct conflict_state *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

/* The conflict log, oldest first. */
DALV_MUST_CHECK enum dalv_status index_list_conflicts(
    struct index *index, const struct index_conflicts_query *query,
    struct arena *arena, struct index_conflicts *conflicts);

struct index_old_request {
    struct bytes user;
    uint64_t history_id;
    struct request_id id;
    uint64_t time_us;
};

struct index_old_requests {
    struct index_old_request *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

/*
 * A partition's request ids from before `before_us`, oldest first. Those of an
 * erased history are left out. Looks at INDEX_WALK_MAX entries at most.
 */
DALV_MUST_CHECK enum dalv_status index_list_old_requests(
    struct index *index, uint32_t partition, uint64_t before_us,
    struct arena *arena, struct index_old_requests *requests);

struct index_old_upload {
    struct bytes user;
    uint64_t history_id;
    struct bytes key;
    uint64_t upload;
};

struct index_old_uploads {
    struct index_old_upload *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

/*
 * A partition's uploads that began before `before_us`, oldest first. Those of
 * an erased history are left out. Looks at INDEX_WALK_MAX entries at most.
 */
DALV_MUST_CHECK enum dalv_status index_list_old_uploads(
    struct index *index, uint32_t partition, uint64_t before_us,
    struct arena *arena, struct index_old_uploads *uploads);

/*
 * Effects that clean up, ready to stand in a record; what they borrow is in
 * the arena.
 */
struct index_effects {
    struct effect *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

struct index_tombstones_query {
    struct index_scope scope;
    struct feed_position after; /* Go on behind it. */
    uint64_t revision_max;      /* Only at or below it: the new floor. */
};

/*
 * The removals, KEY_DROP and ELEMENT_DROP, of a user's tombstones, in the
 * order of the feed; not of elements whose list ended, see
 * index_list_elements. Looks at INDEX_WALK_MAX entries at most, so a piece may
 * be empty and yet not whole. `out_reached` as for index_feed.
 */
DALV_MUST_CHECK enum dalv_status index_list_tombstones(
    struct index *index, const struct index_tombstones_query *query,
    struct arena *arena, struct index_effects *effects,
    struct feed_position *out_reached);

/* A list that ended, or with an empty key, a history that did. */
struct index_ended {
    struct index_scope scope;
    struct bytes key;
    uint64_t generation;
};

struct index_endeds {
    struct index_ended *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

/* A partition's lists whose elements wait for removal; start again each time.
 */
DALV_MUST_CHECK enum dalv_status index_list_ended_lists(
    struct index *index, uint32_t partition, struct arena *arena,
    struct index_endeds *endeds);

/* ELEMENT_DROP of what is left of an ended list; none: LIST_PURGED is due. */
DALV_MUST_CHECK enum dalv_status index_list_elements(
    struct index *index, const struct index_ended *ended, struct arena *arena,
    struct index_effects *effects);

/* A partition's histories that wait for removal; start again each time. */
DALV_MUST_CHECK enum dalv_status index_list_ended_histories(
    struct index *index, uint32_t partition, struct arena *arena,
    struct index_endeds *endeds);

/*
 * The `value` of a HISTORY_PURGED that removes as much of an ended history as
 * `writer` has room for; nothing written: nothing is left of it, and the
 * effect that says so is due.
 */
DALV_MUST_CHECK enum dalv_status index_history_rest(
    struct index *index, const struct index_scope *scope,
    struct writer *writer);

/*
 * What erasures have left in a partition: stubs, one where the history ended
 * and one where the last of it was removed. The user's name is in log records
 * up to there; those at or below `gone_index` the log has no more.
 */
struct index_erasures {
    uint64_t gone_index; /* Set by the caller. */
    size_t count;        /* Of stubs whose records the log still has ... */
    uint64_t oldest_us;  /* ... and when the first of them was made. */
};

DALV_MUST_CHECK enum dalv_status index_sum_erasures(
    struct index *index, uint32_t partition, struct index_erasures *erasures);

/* Leave nothing in a partition's tables of what was removed or replaced. */
DALV_MUST_CHECK enum dalv_status index_compact(struct index *index,
                                               uint32_t partition);

struct index_change {
    struct bytes user;
    struct user_state state;
    /*
     * The changes behind this revision are those to tell. It is the user's at
     * `after_index`, or a lower one if what was there then has changed since.
     */
    uint64_t after_revision;
};

struct index_changes {
    struct index_change *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

/*
 * Users of a partition that were written behind a place in its log, in the
 * order of their last records.
 */
DALV_MUST_CHECK enum dalv_status index_list_changes(
    struct index *index, uint32_t partition, uint64_t after_index,
    struct arena *arena, struct index_changes *changes);

struct index_user {
    struct bytes user;
    struct user_state state;
};

struct index_users {
    struct index_user *items;
    size_t capacity;
    size_t count;
    bool is_whole;
};

/* Users of a partition behind `after_user` (empty: all), by size and bytes. */
DALV_MUST_CHECK enum dalv_status index_list_users(struct index *index,
                                                  uint32_t partition,
                                                  struct bytes after_user,
                                                  struct arena *arena,
                                                  struct index_users *users);

#endif
