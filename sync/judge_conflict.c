#include "sync/judge_internal.h"
#include "sync/kind.h"

enum {
    NUMBER_BYTES = 8
};

enum conflict {
    CONFLICT_NONE,
    CONFLICT_AGREED, /* Another did the same: nothing is left to do. */
    CONFLICT_FOUND,
};

/* The last change by anybody else; 0 if there is none. */
static uint64_t others_revision(const struct key_state *state, uint64_t writer)
{
    return state->writer == writer ? state->other_revision : state->revision;
}

/*
 * True if somebody else changed the key behind the base and the writer has not
 * put or deleted it since: that was judged against the change already.
 */
static bool is_changed_by_other(const struct trial *trial,
                                const struct key_state *before)
{
    uint64_t writer = trial->judged->author.writer;
    uint64_t others = others_revision(before, writer);

    if (others <= trial->judged->transaction->base_revision)
        return false;
    return before->reset_writer != writer || before->reset_revision < others;
}

static bool is_reset_by_other(const struct trial *trial,
                              const struct key_state *before)
{
    return before->reset_writer != trial->judged->author.writer &&
           before->reset_revision > trial->judged->transaction->base_revision;
}

static enum conflict find_conflict(const struct trial *trial,
                                   const struct trial_key *key,
                                   const struct operation *operation)
{
    const struct key_state *before = &key->before;
    bool is_changed = is_changed_by_other(trial, before);
    bool is_found = false;

    switch (operation->type) {
    case OPERATION_PUT:
    case OPERATION_PUT_UPLOADED:
        is_found = is_changed && !kind_is_equal_put(before, operation);
        break;
    case OPERATION_UPLOAD: /* No part of a transaction: transaction_check. */
        break;
    case OPERATION_DEL:
        is_found = is_changed && before->kind != KEY_NONE;
        break;
    case OPERATION_ADD:
        if (is_changed && kind_is_equal_put(before, operation))
            return CONFLICT_AGREED;
        is_found = is_changed && before->kind != KEY_NONE;
        break;
    case OPERATION_ADD_TO_LIST:
    case OPERATION_REMOVE_FROM_LIST:
    case OPERATION_INCREMENT:
        is_found = is_reset_by_other(trial, before) ||
                   (is_changed &&
                    kind_admits(before->kind, operation->type) != DALV_OK);
        break;
    }
    return is_found ? CONFLICT_FOUND : CONFLICT_NONE;
}

static enum dalv_status number_as_bytes(struct trial *trial, int64_t number,
                                        struct bytes *out_bytes)
{
    struct writer writer;
    uint8_t *memory = arena_take(trial->judge->view->arena, NUMBER_BYTES, 1);

    if (memory == NULL)
        return DALV_NO_MEMORY;
    writer_init(&writer, memory, NUMBER_BYTES);
    writer_i64(&writer, number);
    *out_bytes = writer_bytes(&writer);
    return DALV_OK;
}

/* Room for an entry of the conflict log; NULL if there is no memory. */
static struct conflict_state *note(struct trial *trial)
{
    if (trial->conflicts == NULL)
        trial->conflicts =
            arena_take(trial->judge->view->arena,
                       trial->judged->transaction->operation_count,
                       sizeof(*trial->conflicts));
    if (trial->conflicts == NULL)
        return NULL;
    return &trial->conflicts[trial->conflict_count++];
}

/* The operation loses: it is dropped, and kept in the conflict log. */
static enum dalv_status lose(struct trial *trial, struct trial_key *key,
                             const struct operation *operation)
{
    struct conflict_state *entry = note(trial);
    struct bytes value = operation->value;

    if (entry == NULL)
        return DALV_NO_MEMORY;
    if (operation->type == OPERATION_INCREMENT &&
        number_as_bytes(trial, operation->number, &value) != DALV_OK)
        return DALV_NO_MEMORY;
    *entry = (struct conflict_state){
        .revision = trial->revision,
        .position = trial->position,
        .time_us = trial->judge->options.now_us,
        .loser = trial->judged->author.writer,
        .winner = key->before.writer,
        .operation_type = (uint8_t)operation->type,
        .key = key->entry->key,
        .value = value,
    };
    key->is_lost = true;
    trial->is_merged = true;
    trial->is_exact = false;
    trial_skip(trial, operation);
    return DALV_OK;
}

/* The operation whose result a key's state is. */
static uint8_t operation_of(enum key_kind kind)
{
    switch (kind) {
    case KEY_NONE:
        return OPERATION_DEL;
    case KEY_LIST:
        return OPERATION_ADD_TO_LIST;
    case KEY_COUNTER:
        return OPERATION_INCREMENT;
    case KEY_REGISTER:
        break;
    }
    return OPERATION_PUT;
}

/*
 * What is there loses; a list's elements are too many to be kept, and the parts
 * of a value too large.
 */
static enum dalv_status note_theirs(struct trial *trial, struct trial_key *key)
{
    const struct key_state *before = &key->before;
    struct conflict_state *entry = note(trial);
    struct bytes value = before->value;

    if (entry == NULL)
        return DALV_NO_MEMORY;
    if (key_state_is_in_parts(before))
        value = (struct bytes){0};
    if (before->kind == KEY_COUNTER &&
        number_as_bytes(trial, before->number, &value) != DALV_OK)
        return DALV_NO_MEMORY;
    *entry = (struct conflict_state){
        .revision = trial->revision,
        .position = trial->position,
        .time_us = trial->judge->options.now_us,
        .loser = before->writer,
        .winner = trial->judged->author.writer,
        .operation_type = operation_of(before->kind),
        .key = key->entry->key,
        .value = value,
    };
    return DALV_OK;
}

/* The operation wins over what is there. */
static enum dalv_status win(struct trial *trial, struct trial_key *key,
                            const struct operation *operation)
{
    enum key_kind kind = key->entry->state.kind;
    bool is_admitted = kind_admits(kind, operation->type) == DALV_OK;
    bool is_over_own_kind = kind != KEY_NONE &&
                            kind_after(kind, operation->type) == kind &&
                            operation->type != OPERATION_PUT &&
                            operation->type != OPERATION_PUT_UPLOADED;
    enum dalv_status status = DALV_OK;

    /* Write-once is a promise too. */
    if (operation->type == OPERATION_ADD)
        return DALV_OCCUPIED;
    trial->is_exact = false;
    key->is_won = true;
    /* Of a list that is not there any more, nothing is left to remove. */
    if (operation->type == OPERATION_REMOVE_FROM_LIST && kind != KEY_LIST)
        return DALV_OK;
    if (!is_over_own_kind)
        status = note_theirs(trial, key);
    if (status == DALV_OK && !is_admitted)
        trial_end_key(trial, key);
    return status == DALV_OK ? trial_apply(trial, key, operation) : status;
}

static enum dalv_status settle(struct trial *trial, struct trial_key *key,
                               const struct operation *operation)
{
    const struct policy *policy = trial->judge->options.policy;

    switch (policy_merge(policy, operation->key)) {
    case POLICY_ASK:
        return DALV_CONFLICT;
    case POLICY_MINE:
        return win(trial, key, operation);
    case POLICY_THEIRS:
        return lose(trial, key, operation);
    }
    return DALV_CONFLICT;
}

enum dalv_status conflict_decide(struct trial *trial, struct trial_key *key,
                                 const struct operation *operation)
{
    /* What builds on a dropped operation goes with it. */
    if (key->is_lost)
        return lose(trial, key, operation);
    if (key->is_won)
        return trial_apply(trial, key, operation);
    switch (find_conflict(trial, key, operation)) {
    case CONFLICT_FOUND:
        return settle(trial, key, operation);
    case CONFLICT_AGREED:
        trial->is_exact = false;
        return DALV_OK;
    case CONFLICT_NONE:
        break;
    }
    return trial_apply(trial, key, operation);
}
