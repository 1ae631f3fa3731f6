/*
 * What the files of the index share.
 */
#ifndef DALV_STORAGE_INDEX_INTERNAL_H
#define DALV_STORAGE_INDEX_INTERNAL_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/change_format.h"
#include "model/key_state.h"
#include "model/log_position.h"
#include "model/user_state.h"
#include "storage/index.h"
#include "storage/index_layout.h"
#include "storage/index_value.h"
#include "storage/kv.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    /* A partition's position is noted so often, if `changed` tells it. */
    INDEX_APPLIED_EVERY = 64,
};

/* How far the records of a partition's log went into a generation of it. */
struct index_progress {
    struct log_position applied;   /* As of the last commit. */
    struct log_position collected; /* With what is collected since. */
    uint64_t time_us;              /* The newest of a record collected. */
    uint64_t noted_index;          /* That stands under `applied`. */
    bool is_collected;             /* They differ. */
    bool is_told;                  /* `changed` tells the last collected. */
};

/* A snapshot that is being received, in a generation of its own. */
struct index_staging {
    uint32_t generation;
    struct index_progress progress;
    bool has_begun;         /* The first page was stored. */
    bool is_complete;       /* So was the last one. */
    uint64_t index_max;     /* The highest at which a page was read. */
    struct buffer last_key; /* Of the last page; behind the generation. */
};

/* 1: `changed` told only the user, and pages of snapshots no format. */
enum {
    INDEX_FORMAT_VERSION = 2,
};

/* Which request ids a partition may have: see index_requests.c. */
struct index_requests {
    uint64_t *words;
    size_t capacity; /* Ids that it is made for. */
    size_t count;
    bool is_known;      /* Every id that is there was added. */
    size_t unread_left; /* It is not read before so many more were written. */
};

/*
 * Generations from `oldest` to `newest` may have entries. All but the one that
 * is read and the one that is received are dead.
 */
struct index_partition {
    uint32_t generation; /* That is read. */
    uint32_t oldest;
    uint32_t newest;
    bool is_purge_due;
    uint32_t purge_next; /* The dead generation to look at next. */
    struct index_progress progress;
    struct index_staging *staging; /* NULL while nothing is received. */
    struct index_requests requests;
};

struct index {
    struct kv *kv;
    uint32_t partition_count;
    struct index_partition *partitions;
    struct kv_batch *batch;
    /* Partitions with something collected, each once. */
    uint32_t *touched;
    size_t touched_count;
    size_t request_bytes;           /* Of the memory of all `requests`, ... */
    size_t request_bytes_max;       /* ... at most. */
    uint32_t purge_partition;       /* Whose dead entries go next, ... */
    struct buffer purged;           /* ... behind this one of them. */
    struct buffer value;            /* Of the last get. */
    struct index_unescaped reached; /* The key that a page ended with. */
};

/* Where a scope's entries, or with none a partition's, are. */
struct index_place index_place_of(const struct index *index,
                                  const struct index_scope *scope);
struct index_place index_place_of_partition(const struct index *index,
                                            uint32_t partition);

/* The generation that the partition's records are applied to. */
struct index_place index_target_place(const struct index *index,
                                      uint32_t partition);
struct index_progress *index_target(const struct index *index,
                                    uint32_t partition);
/* Note a generation's progress in the batch. */
void index_put_applied(struct index *index, const struct index_place *place,
                       struct index_progress *progress);
/* What is noted of a generation's progress; zeros if nothing is. */
DALV_MUST_CHECK enum dalv_status index_read_applied(
    struct index *index, const struct index_place *place,
    struct index_progress *out_progress);

/* Go on from what is noted to what `changed` tells, in one that is read. */
DALV_MUST_CHECK enum dalv_status index_read_changed(
    struct index *index, const struct index_place *place,
    struct index_progress *progress);

/* Read which generations the partitions have; the rest is at zero. */
DALV_MUST_CHECK enum dalv_status index_read_generations(struct index *index);
/* Put what is known of a partition's generations into the batch. */
void index_put_generations(struct index *index, uint32_t partition);
/* Never NULL; nothing of it is stored yet. */
struct index_staging *index_staging_create(uint32_t generation);
/* NULL is fine. */
void index_staging_destroy(struct index_staging **staging_p);

/* For all partitions together; some of very many stay without a filter. */
size_t index_requests_bytes_max(uint32_t partition_count);
/* Nothing is known of them any more: another generation is read. */
void index_requests_forget(struct index *index, uint32_t partition);
/* False if no request of this id is in the partition that is read. */
DALV_MUST_CHECK enum dalv_status index_may_have_request(
    struct index *index, const struct index_place *place,
    const struct request_id *id, bool *out_may_be);
/* A record that is collected has it. */
void index_note_request(struct index *index, uint32_t partition,
                        const struct request_id *id);

/* What is on disk cannot be: nothing is to be read from it any more. */
enum dalv_status index_damaged(struct index *index);

/* The value under a key, in `index->value` until the next get. */
DALV_MUST_CHECK enum dalv_status index_get(struct index *index,
                                           const struct index_key *key,
                                           struct bytes *out_value);

/*
 * A key's state; its value is in `index->value`. One that was never there is
 * all zeros.
 */
DALV_MUST_CHECK enum dalv_status index_get_key(struct index *index,
                                               const struct index_place *place,
                                               struct bytes user_key,
                                               struct key_state *out_state);

/*
 * An element of the list under `user_key`; its value is in `index->value`.
 * DALV_NOT_FOUND if there is none.
 */
DALV_MUST_CHECK enum dalv_status index_get_element(
    struct index *index, const struct index_place *place, struct bytes user_key,
    const struct element_state *named, struct index_element *out_element);

/*
 * A walk over the entries whose keys begin alike. What it gave counts only
 * once index_scan_close has said that nothing on the way was damaged.
 */
struct index_scan {
    struct kv_cursor *cursor;
    struct bytes prefix;
};

/*
 * `prefix` is borrowed until the scan is closed. With `from` the scan begins
 * at the first entry not before it.
 */
DALV_MUST_CHECK enum dalv_status index_scan_open(struct index_scan *scan,
                                                 struct index *index,
                                                 const struct index_key *prefix,
                                                 const struct index_key *from);
/* False at the end. */
bool index_scan_is_at_entry(const struct index_scan *scan);
/* The entry's key behind the prefix, and its value; until the next move. */
struct bytes index_scan_rest(const struct index_scan *scan);
struct bytes index_scan_value(const struct index_scan *scan);
void index_scan_next(struct index_scan *scan);
/* What went wrong on the way, or else `status`. Also of one not opened. */
DALV_MUST_CHECK enum dalv_status index_scan_close(struct index_scan *scan,
                                                  enum dalv_status status);

/* A list was cut for want of memory: DALV_TOO_BIG if there is nothing in it. */
enum dalv_status index_list_cut(size_t count);

/* Make the effect, whose key is set, the removal of this element. */
void index_element_drop(const struct element_state *element,
                        struct effect *effect);

/* Tells whether a user's history is the current one; asks once a user. */
struct index_owner {
    struct index *index;
    uint32_t partition;
    uint64_t history_id; /* Of the user asked about last. */
    size_t user_size;
    uint8_t user[BOUNDS_USER_ID_MAX];
};

void index_owner_init(struct index_owner *owner, struct index *index,
                      uint32_t partition);
DALV_MUST_CHECK enum dalv_status index_owner_ask(struct index_owner *owner,
                                                 struct bytes user,
                                                 uint64_t history_id,
                                                 bool *out_is_current);

/*
 * Puts changes into a page. Keeps the last two keys, since a page does not
 * repeat the key of the change before.
 */
struct index_pager {
    struct index_page *page;
    struct change_writer changes;
    size_t count; /* Put by this pager. */
    unsigned turn;
    struct index_unescaped keys[2];
};

void index_pager_init(struct index_pager *pager, struct index_page *page);

/* DALV_TOO_BIG if it does not fit. */
DALV_MUST_CHECK enum dalv_status index_pager_put(struct index_pager *pager,
                                                 const struct change *change);

/*
 * A page was cut before a change that did not fit: DALV_TOO_BIG if there is
 * none in it.
 */
DALV_MUST_CHECK enum dalv_status index_pager_cut(
    const struct index_pager *pager);

#endif
