/*
 * A trial: one transaction while it is judged. Private to the judge.
 *
 * Operations are carried out on the view at once; what the view held before is
 * kept with each key and element touched. So a refusal is undone, and the
 * effects of an acceptance are what differs.
 */
#ifndef DALV_SYNC_JUDGE_INTERNAL_H
#define DALV_SYNC_JUDGE_INTERNAL_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/effect.h"
#include "model/key_state.h"
#include "model/operation.h"
#include "model/user_state.h"
#include "model/user_view.h"
#include "sync/judge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which trial touched an entry of the view last, and where it keeps it. */
struct judge_stamp {
    uint64_t trial;
    size_t touched;
};

struct judge_scratch {
    struct judge_stamp *keys;     /* One an entry of the view. */
    struct judge_stamp *elements; /* The same. */
    uint64_t trial;
    struct user_state logged; /* As the records made so far tell it. */
};

struct trial_key {
    struct view_key *entry;
    struct key_state before;
    bool is_changed;
    bool is_won;  /* A conflict on it was won: what follows builds on that. */
    bool is_lost; /* An operation on it was dropped: what follows goes too. */
};

struct trial_element {
    size_t key; /* Index of its key in the trial. */
    struct view_element *entry;
    struct view_element before;
    struct view_element own; /* `entry` of an addition that the view lacks. */
};

struct trial {
    struct judge *judge;
    const struct judge_case *judged;
    uint64_t revision; /* It takes this one, if any. */
    uint32_t position; /* Of the operation at work. */
    struct trial_key *keys;
    size_t key_count;
    struct trial_element *elements;
    size_t element_count;
    struct conflict_state *conflicts;
    size_t conflict_count;
    struct view_upload **uploads; /* That it has bound. */
    size_t upload_count;
    struct writer numbers;
    bool is_merged;
    bool is_exact;
};

/*
 * Completes a record of any history, which holds what of the rest is left to
 * say: its history, revision, author and number of effects. The user's state
 * is added if it is not as it was logged.
 */
void judge_put_record(struct judge *judge, const struct user_record *record,
                      struct effect *effects);

/* judge_trial.c: what is there, what becomes of it, and back. */

/* DALV_NO_MEMORY if the arena is too small. */
DALV_MUST_CHECK enum dalv_status trial_init(struct trial *trial,
                                            struct judge *judge,
                                            const struct judge_case *judged);
bool trial_is_device(const struct trial *trial);
struct trial_key *trial_touch(struct trial *trial, struct bytes key);
/* Carries out one operation on a key that admits it, or says why it cannot. */
DALV_MUST_CHECK enum dalv_status trial_apply(struct trial *trial,
                                             struct trial_key *key,
                                             const struct operation *operation);
/* The operation is not carried out. */
void trial_skip(struct trial *trial, const struct operation *operation);
/* What the key holds ends. */
void trial_end_key(struct trial *trial, struct trial_key *key);
void trial_undo(struct trial *trial);

/* judge_conflict.c: what others did meanwhile. */

/* Carries out one operation by the rules of conflicts and policies. */
DALV_MUST_CHECK enum dalv_status conflict_decide(
    struct trial *trial, struct trial_key *key,
    const struct operation *operation);

/* judge_effects.c: what the log is told. */

/* What the user's record would be after the trial. */
struct user_state effects_user(const struct trial *trial);
/* True if the trial changed anything. */
bool effects_exist(const struct trial *trial);
/*
 * Makes the effects of the trial with room for `reserved` more; NULL if the
 * arena is too small.
 */
struct effect *effects_make(const struct trial *trial, size_t reserved,
                            size_t *out_count);

#endif
