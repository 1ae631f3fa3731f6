/*
 * A user's turn: its waiting writes, or some of its chores, judged together.
 *
 *     waiting --> FETCHING --> judged --> LOGGING --> APPLYING --> over
 *                                 \-- nothing to log: over at once
 *
 * All that judging makes lies in the turn's arena, which lives until the index
 * has applied the records and the last answer that borrows from it has left.
 */
#ifndef DALV_NODE_TURN_H
#define DALV_NODE_TURN_H

#include "base/allocator.h"
#include "base/arena.h"
#include "base/list.h"
#include "base/status.h"
#include "model/user_view.h"
#include "node/chore.h"
#include "node/refusals.h"
#include "node/request.h"
#include "sync/judge.h"
#include "sync/sweep.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TURN_BYTES_MIN = 16 << 10,    /* Memory that each turn needs, ... */
    TURN_CHORE_BYTES = 128 << 10, /* ... with chores, ... */
    TURN_BYTES_MAX = 256 << 20,   /* ... and that none goes beyond. */
    TURN_RETRY_AFTER_MS = 1000,   /* When refusals have been forgotten. */
    TURN_REST_BYTES = 16 << 10,   /* Of a history that goes, in one record. */
    /* One of each for so many bytes of the arena. */
    TURN_BYTES_PER_KEY = 1 << 10,
    TURN_BYTES_PER_DEVICE = 8 << 10,
    TURN_BYTES_PER_REQUEST = 2 << 10,
    TURN_BYTES_PER_RECORD = 1 << 10,
    /* What one operation takes, of about so many bytes if it is small. */
    TURN_BYTES_PER_OPERATION = 3 << 9,
    TURN_OPERATION_BYTES_SMALL = 64,
};

struct lane;

/* What the chores of a turn are to remove, as the index lists it. */
struct findings {
    struct sweep sweep; /* TOMBSTONES, LIST; `is_whole` for all. */
    struct bytes rest;  /* HISTORY. */
    struct conflict_state *conflicts; /* CONFLICTS. */
    size_t conflict_count;
    size_t resume_size; /* TOMBSTONES: where the next piece begins. */
    uint8_t resume[CHORE_RESUME_BYTES_MAX];
};

struct turn {
    struct list_link link;
    struct lane *lane;
    const struct policy *policy;
    uint32_t partition;
    struct list requests;     /* struct request, in the order of arrival; or */
    struct list chores;       /* struct chore, all of one type. */
    struct findings findings; /* Of the chores. */
    uint64_t floor_bound;     /* The floor may not go above it now. */
    struct allocator *allocator;
    struct arena arena;
    struct user_view view;
    enum dalv_status fetch_status; /* Set by whoever fills the view. */
    struct judge judge;
    uint64_t epoch;       /* Of the records, ... */
    uint64_t first_index; /* ... and the first one's place in the log. */
    unsigned holds;       /* Whoever still needs the arena. */
};

/*
 * The memory that a request will probably need in its turn, by what it weighs.
 * Too little is found out, and costs a second try with more.
 */
size_t turn_bytes_for(const struct request *request);

/*
 * A turn with an arena of `bytes`; NULL without memory. The policy is borrowed
 * for the turn's life.
 */
struct turn *turn_create(struct allocator *allocator,
                         const struct policy *policy, size_t bytes);
void turn_destroy(struct turn **turn_p);

/*
 * Ask the view for all that the turn's requests need. DALV_NO_MEMORY or
 * DALV_TOO_BIG: a larger arena, or fewer requests, are needed.
 */
DALV_MUST_CHECK enum dalv_status turn_want(struct turn *turn,
                                           struct bytes user);

/*
 * Put what is known of its requests beside the log into the view. After the
 * view was filled, before anything is judged.
 */
void turn_recall(struct turn *turn, const struct refusals *refusals);

/*
 * Judge the requests in their order and set the answer of each. One whose
 * deadline has passed is not evaluated. DALV_NO_MEMORY: as for turn_want;
 * nothing that was judged counts.
 */
DALV_MUST_CHECK enum dalv_status turn_judge(struct turn *turn,
                                            const struct judge_options *options,
                                            uint64_t now_ms);

/*
 * Remember the answers that no record holds; what there is no room for is
 * answered DALV_BUSY, or DALV_UNKNOWN, instead. After turn_judge, before
 * anybody is answered.
 */
void turn_remember(struct turn *turn, struct refusals *refusals,
                   uint64_t now_ms);

#endif
