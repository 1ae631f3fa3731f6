/*
 * Decides what one transaction becomes, against all that was decided before.
 *
 * A judge works on one user's view. It decides the transactions of a batch in
 * their order; the view is kept up to date, so that each sees the effects of
 * those before it. A transaction is atomic: a refused one leaves the view as
 * it was. What was decided comes out as records for the log; nothing may be
 * answered before they are committed, and if they are not, view and judge are
 * thrown away.
 *
 * Verdicts on a device's operation, against what others did to its key after
 * the transaction's base:
 *
 *   PUT, DEL              conflict with any later change by another, unless
 *                         the device put or deleted the key after that change;
 *                         equal PUTs agree, and so do DEL and absence
 *   ADD                   conflicts if another made the key, with other content
 *   list and counter      conflict with a later PUT, DEL or change of kind by
 *   operations            another; with all else they commute
 *
 * A conflict goes by the policy of the key: `ask` refuses the transaction,
 * `theirs` drops the operation, `mine` lets it win; what lost goes to the
 * conflict log. ADD never overwrites: `mine` refuses it as occupied. Where a
 * list or counter operation wins over another kind, it starts a new list or
 * counter; over its own kind it applies to what is there.
 * A transaction that changes nothing takes no revision.
 *
 * Before anything is judged, values that are due must have gone: see
 * sync/sweep.h. All memory is the view's arena.
 */
#ifndef DALV_SYNC_JUDGE_H
#define DALV_SYNC_JUDGE_H

#include "base/status.h"
#include "model/effect.h"
#include "model/transaction.h"
#include "model/user_view.h"
#include "sync/policy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct judge_options {
    const struct policy *policy;
    uint64_t now_us;          /* The master's time of all records made. */
    uint64_t history_id_next; /* Random, not 0: the history that begins if the
                                 user has none. */
    uint64_t log_index;       /* Of the first record that will be made; each
                                 further one takes the next. */
    size_t record_max;        /* Most records that may be made. */
};

struct judge_scratch;

struct judge {
    struct user_view *view;
    struct judge_options options;
    /* What was decided, in the order of the log. In the view's arena. */
    struct user_record *records;
    size_t record_count;
    struct judge_scratch *scratch; /* judge.c's own. */
};

/* Judge on a view that is filled. DALV_NO_MEMORY if the arena is too small. */
DALV_MUST_CHECK enum dalv_status judge_init(
    struct judge *judge, struct user_view *view,
    const struct judge_options *options);

/* Who asks, and for what. */
struct judge_case {
    struct author author; /* Only a device's work can be in conflict. */
    const struct transaction *transaction;
    /* Room to leave in the record for what the caller adds to it. */
    size_t effects_reserved;
};

struct verdict {
    enum outcome_result result;
    enum dalv_status status; /* REFUSED: why; else DALV_OK. */
    uint32_t operation;      /* REFUSED: the first operation at fault; for
                                DALV_PRECONDITION the precondition. */
    uint64_t revision;       /* That it took; 0 if it changed nothing. */
    bool is_exact;           /* Its effects on the state are what its
                                operations say, on any state they apply to. */
    struct bytes numbers;    /* What each INCREMENT gave: 8 bytes, little
                                endian; an operation that was dropped: 0. */
    /* The record that was begun for it: judge_end_record completes it. Empty
       and to be left alone if no revision was taken. */
    struct effect *effects;
    size_t effect_count;
};

/*
 * Judges one transaction that passed transaction_check and for which the view
 * was asked. DALV_OK if `out_verdict` tells the verdict; DALV_NO_MEMORY if the
 * arena or the records are used up: then nothing was changed.
 *
 * If the verdict took a revision, the caller appends what belongs to it in
 * `effects` (within what was reserved) and calls judge_end_record.
 */
DALV_MUST_CHECK enum dalv_status judge_transaction(
    struct judge *judge, const struct judge_case *judged,
    struct verdict *out_verdict);

/*
 * Room for a record without a revision: `effect_max` effects. NULL if there is
 * none left. Completed by judge_end_record, before anything else is judged.
 */
struct effect *judge_begin_record(struct judge *judge, size_t effect_max);

/*
 * Completes the record begun last: `count` effects, `revision` 0 if it takes
 * none. One EFFECT_USER is added to them if the user's state is not as it was
 * logged last; there is always room for it. The user's history begins if there
 * is none.
 */
void judge_end_record(struct judge *judge, const struct author *author,
                      struct effect *effects, size_t count, uint64_t revision);

#endif
