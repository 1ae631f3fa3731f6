/*
 * A backend's transaction: judged once for each request id.
 *
 * A request id names one answer for BOUNDS_REQUEST_MEMORY_H hours. What was
 * applied is remembered by the log. What was refused, or changed nothing, made
 * no record: the view remembers it for the rest of the batch, and whoever
 * answers must put it into the views of later ones, as long as a copy of the
 * request may come, and evaluates nothing after a deadline. A part of an upload
 * is not remembered, whatever came of it: taken twice, it counts once, and one
 * that was refused and comes in all the same is seen by nobody.
 */
#ifndef DALV_SYNC_UPDATE_H
#define DALV_SYNC_UPDATE_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/transaction.h"
#include "model/user_view.h"
#include "sync/judge.h"

#include <stdbool.h>
#include <stdint.h>

struct update {
    struct request_id id;
    struct bytes body; /* As it came: the same id must name the same body. */
    enum dalv_status status; /* Not DALV_OK: it cannot be read, is too big or
                                not permitted; it is refused for that, ... */
    uint32_t operation;      /* ... and this one is at fault. */
    struct transaction transaction; /* Decoded from it and checked. */
};

struct update_answer {
    enum dalv_status status;
    uint32_t operation; /* At fault, if the status is not DALV_OK; for
                           DALV_PRECONDITION the precondition. */
    uint64_t history_id;
    uint64_t revision;    /* DALV_OK: taken, or if nothing changed, the user's.
                           */
    struct bytes numbers; /* One for each INCREMENT: 8 bytes, little endian. */
    bool is_repeated;     /* Told from memory, nothing was judged. */
    bool is_unlogged;     /* Judged and in no record, only in the view. */
};

/* Asks the view for what update_judge will need; DALV_TOO_BIG. */
DALV_MUST_CHECK enum dalv_status update_want(const struct update *update,
                                             struct user_view *view);

/*
 * Judges it. The answer's status is DALV_OK; DALV_NOT_FOUND if the only
 * operation is a DEL or REMOVE_FROM_LIST that finds nothing; DALV_INVALID if
 * the id was used for another body; or why it was refused. What the answer
 * borrows is in the view's arena. DALV_NO_MEMORY: nothing was judged.
 */
DALV_MUST_CHECK enum dalv_status update_judge(struct judge *judge,
                                              const struct update *update,
                                              struct update_answer *out_answer);

#endif
