#include "sync/judge.h"

#include "base/assert.h"
#include "sync/judge_internal.h"

#include <string.h>

enum dalv_status judge_init(struct judge *judge, struct user_view *view,
                            const struct judge_options *options)
{
    struct arena *arena = view->arena;
    struct judge made = {.view = view, .options = *options};
    struct judge_scratch *scratch = arena_take(arena, 1, sizeof(*scratch));

    ASSERT(options->history_id_next != 0);
    if (scratch == NULL)
        return DALV_NO_MEMORY;
    scratch->keys = arena_take(arena, view->key_count, sizeof(*scratch->keys));
    scratch->elements =
        arena_take(arena, view->element_count, sizeof(*scratch->elements));
    scratch->logged = view->state;
    made.scratch = scratch;
    made.records =
        arena_take(arena, options->record_max, sizeof(*made.records));
    if (scratch->keys == NULL || scratch->elements == NULL ||
        made.records == NULL)
        return DALV_NO_MEMORY;
    *judge = made;
    return DALV_OK;
}

static bool is_met(const struct precondition *precondition,
                   const struct key_state *state)
{
    switch (precondition->type) {
    case PRECONDITION_ABSENT:
        return state->kind == KEY_NONE;
    case PRECONDITION_REVISION:
        if (precondition->revision == 0)
            return state->kind == KEY_NONE;
        return state->kind != KEY_NONE &&
               state->revision == precondition->revision;
    }
    return false;
}

static enum dalv_status check_preconditions(struct trial *trial)
{
    const struct transaction *transaction = trial->judged->transaction;

    for (size_t i = 0; i < transaction->precondition_count; i++) {
        const struct precondition *precondition =
            &transaction->preconditions[i];
        const struct view_key *entry =
            user_view_key(trial->judge->view, precondition->key);

        ASSERT(entry != NULL);
        trial->position = (uint32_t)i;
        if (!is_met(precondition, &entry->state))
            return DALV_PRECONDITION;
    }
    return DALV_OK;
}

static enum dalv_status decide(struct trial *trial,
                               const struct operation *operation)
{
    const struct policy *policy = trial->judge->options.policy;
    struct trial_key *key = trial_touch(trial, operation->key);

    if (!trial_is_device(trial))
        return trial_apply(trial, key, operation);
    if (policy_domain(policy, operation->key) != POLICY_USER)
        return DALV_NOT_PERMITTED;
    return conflict_decide(trial, key, operation);
}

static enum dalv_status check_quota(const struct trial *trial,
                                    const struct user_state *after)
{
    const struct policy *policy = trial->judge->options.policy;
    const struct user_state *before = &trial->judge->view->state;

    /* Who has too much may still have less. */
    if (policy->live_bytes_max != 0 &&
        after->live_bytes > policy->live_bytes_max &&
        after->live_bytes > before->live_bytes)
        return DALV_QUOTA;
    if (policy->live_count_max != 0 &&
        after->live_count > policy->live_count_max &&
        after->live_count > before->live_count)
        return DALV_QUOTA;
    return DALV_OK;
}

/* Carries the operations out. At the first one at fault, `position` names it.
 */
static enum dalv_status try_operations(struct trial *trial)
{
    const struct transaction *transaction = trial->judged->transaction;
    enum dalv_status status = check_preconditions(trial);

    for (size_t i = 0; status == DALV_OK && i < transaction->operation_count;
         i++) {
        trial->position = (uint32_t)i;
        status = decide(trial, &transaction->operations[i]);
    }
    return status;
}

/* A key that came and went within the transaction is as if never touched. */
static void forget_unchanged(struct trial *trial)
{
    for (size_t i = 0; i < trial->key_count; i++) {
        struct trial_key *key = &trial->keys[i];

        if (key->before.kind == KEY_NONE && key->entry->state.kind == KEY_NONE)
            key->entry->state = key->before;
    }
}

static enum dalv_status accept(struct trial *trial,
                               const struct user_state *user,
                               struct verdict *verdict)
{
    struct judge *judge = trial->judge;

    *verdict = (struct verdict){
        .result = trial->is_merged ? OUTCOME_MERGED : OUTCOME_APPLIED,
        .is_exact = trial->is_exact,
        .numbers = writer_bytes(&trial->numbers),
    };
    if (effects_exist(trial)) {
        if (judge->record_count == judge->options.record_max)
            return DALV_NO_MEMORY;
        /* One more for the user's own record. */
        verdict->effects = effects_make(
            trial, trial->judged->effects_reserved + 1, &verdict->effect_count);
        if (verdict->effects == NULL)
            return DALV_NO_MEMORY;
        verdict->revision = trial->revision;
        judge->view->state = *user;
    }
    forget_unchanged(trial);
    return DALV_OK;
}

enum dalv_status judge_transaction(struct judge *judge,
                                   const struct judge_case *judged,
                                   struct verdict *out_verdict)
{
    size_t mark = arena_mark(judge->view->arena);
    struct trial trial;
    struct user_state user = {0};
    enum dalv_status status = trial_init(&trial, judge, judged);

    if (status != DALV_OK) {
        arena_rewind(judge->view->arena, mark);
        return status;
    }
    status = try_operations(&trial);
    if (status == DALV_OK) {
        user = effects_user(&trial);
        status = check_quota(&trial, &user);
    }
    if (status == DALV_OK)
        status = accept(&trial, &user, out_verdict);
    if (status == DALV_OK)
        return DALV_OK;
    trial_undo(&trial);
    arena_rewind(judge->view->arena, mark);
    if (status == DALV_NO_MEMORY)
        return status;
    *out_verdict = (struct verdict){.result = OUTCOME_REFUSED,
                                    .status = status,
                                    .operation = trial.position};
    return DALV_OK;
}

struct effect *judge_begin_record(struct judge *judge, size_t effect_max)
{
    if (judge->record_count == judge->options.record_max)
        return NULL;
    return arena_take(judge->view->arena, effect_max + 1,
                      sizeof(struct effect));
}

void judge_put_record(struct judge *judge, const struct user_record *record,
                      struct effect *effects)
{
    struct user_state *state = &judge->view->state;
    struct user_record *made = &judge->records[judge->record_count];
    bool is_changed =
        memcmp(state, &judge->scratch->logged, sizeof(*state)) != 0;

    ASSERT(judge->record_count < judge->options.record_max);
    *made = *record;
    made->user = judge->view->user;
    made->time_us = judge->options.now_us;
    made->effects = effects;
    if (is_changed) {
        effects[made->effect_count++] =
            (struct effect){.type = EFFECT_USER, .user = *state};
        state->log_index = judge->options.log_index + judge->record_count;
    }
    judge->scratch->logged = *state;
    judge->record_count++;
}

void judge_end_record(struct judge *judge, const struct author *author,
                      struct effect *effects, size_t count, uint64_t revision)
{
    struct user_state *state = &judge->view->state;
    struct user_record record = {
        .revision = revision,
        .author = *author,
        .effect_count = count,
    };

    if (state->history_id == 0)
        state->history_id = judge->options.history_id_next;
    record.history_id = state->history_id;
    judge_put_record(judge, &record, effects);
}
