/*
 * The system's own transactions: expiry, clean-up, erasure.
 *
 * All of them are logged like any other, so that replicas cannot drift. Expiry
 * takes a revision, so that feeds and watches carry it; clean-up changes
 * nothing that anybody sees and takes none.
 *
 * Order, for whoever owns the judge. Expiry: once a batch's view is filled,
 * sweep_due comes first, before anything is judged and before a read of a due
 * value is answered. Clean-up (everything else here): alone in its batch, made
 * of what the index lists after the user's last record was applied; the view
 * holds the user's record and nothing else is wanted.
 */
#ifndef DALV_SYNC_SWEEP_H
#define DALV_SYNC_SWEEP_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/effect.h"
#include "sync/judge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SWEEP_TOMBSTONES_MIN = 64, /* Fewer move no floor by their number. */
    SWEEP_TOMBSTONE_DAYS = 90, /* Older ones move it by their age. */
    SWEEP_CONFLICT_DAYS = 30,  /* Entries of the conflict log go then. */
};

/* Microseconds since 1970; what began earlier than that ago is too old. */
uint64_t sweep_conflicts_before_us(uint64_t now_us);
uint64_t sweep_requests_before_us(uint64_t now_us);

/*
 * Removes, in one transaction of the system, each value of the view that is
 * due. Without one it does nothing. DALV_NO_MEMORY: nothing was done.
 */
DALV_MUST_CHECK enum dalv_status sweep_due(struct judge *judge);

/*
 * Where the floor should be: at the head but not above `bound` (the head of
 * any digest or snapshot that is under way), if tombstones exceed a quarter of
 * the live keys and SWEEP_TOMBSTONES_MIN, or the oldest is too old; else where
 * it is.
 */
uint64_t sweep_floor(const struct user_state *state, uint64_t now_us,
                     uint64_t bound);

/*
 * What a record of clean-up is made of: effects of one kind, as the index
 * lists them.
 */
struct sweep {
    const struct effect *effects;
    size_t effect_count;
    bool is_whole; /* The index has no more of them. */
};

/*
 * Moves the floor to `floor`, at least as high as it is, and drops tombstones
 * at or below it: KEY_DROP and ELEMENT_DROP of index_list_tombstones. Called
 * again with the same floor for the pieces that follow.
 */
DALV_MUST_CHECK enum dalv_status sweep_tombstones(struct judge *judge,
                                                  uint64_t floor,
                                                  const struct sweep *sweep);

/*
 * Drops elements of a list that ended, ELEMENT_DROP of index_list_elements;
 * once it is whole, LIST_PURGED follows in the same record.
 */
DALV_MUST_CHECK enum dalv_status sweep_list(struct judge *judge,
                                            struct bytes key,
                                            uint64_t generation,
                                            const struct sweep *sweep);

/* Forgets request ids. */
DALV_MUST_CHECK enum dalv_status sweep_requests(struct judge *judge,
                                                const struct request_state *old,
                                                size_t count);

/*
 * Forgets entries of the conflict log, given oldest first: those that are too
 * old, and as long as the log exceeds its part of the quota, the oldest.
 * `out_count` is how many went; the record is only made if any did.
 */
DALV_MUST_CHECK enum dalv_status sweep_conflicts(
    struct judge *judge, const struct conflict_state *conflicts, size_t count,
    size_t *out_count);

/*
 * ERASE: the history ends, and with it keys, devices, outcomes, conflicts and
 * request ids; the next write begins another. A stub stays: the history that
 * was erased and the highest device id. Without a history it does nothing.
 * The request's id is remembered with the stub where `request` is not NULL.
 */
DALV_MUST_CHECK enum dalv_status sweep_erase(
    struct judge *judge, const struct request_state *request);

/*
 * Purges what `rest` (of index_history_rest) names of an erased history; empty
 * says that nothing is left of it.
 */
DALV_MUST_CHECK enum dalv_status sweep_history(struct judge *judge,
                                               uint64_t history_id,
                                               struct bytes rest);

#endif
