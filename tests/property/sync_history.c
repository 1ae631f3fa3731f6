#include "tests/property/sync_history.h"

#include "base/assert.h"

#include <string.h>

const char *const history_keys[HISTORY_KEYS] = {"ask/c",  "ask/r",    "ask/l",
                                                "mine/m", "theirs/t", "sys/s"};

/* One transaction at work: nothing is kept unless all of it goes through. */
struct work {
    struct history *history;
    uint64_t writer;
    uint64_t base;
    uint64_t revision;
    uint64_t now_us;
    uint64_t local_id;
    struct history_value values[HISTORY_KEYS];
    bool is_changed[HISTORY_KEYS];
    bool is_reset[HISTORY_KEYS];
    bool is_won[HISTORY_KEYS];
    bool is_lost[HISTORY_KEYS];
    bool has_conflict;
    bool is_merged;
};

void history_init(struct history *history)
{
    memset(history, 0, sizeof(*history));
}

static bool is_device(const struct work *work)
{
    return work->writer != WRITER_BACKEND && work->writer != WRITER_SYSTEM;
}

/* Did somebody else change the key, and did we not reset it since? */
static bool others_changed(const struct work *work, size_t key,
                           bool only_resets)
{
    bool found = false;

    for (size_t i = 0; i < work->history->change_count; i++) {
        const struct history_change *change = &work->history->changes[i];

        if (change->key != key)
            continue;
        if (change->writer == work->writer)
            found = found && !change->is_reset;
        else if (change->revision > work->base &&
                 (change->is_reset || !only_resets))
            found = true;
    }
    return found;
}

static bool fits(enum key_kind kind, enum operation_type type)
{
    if (type == OPERATION_INCREMENT)
        return kind == KEY_NONE || kind == KEY_COUNTER;
    if (type == OPERATION_ADD_TO_LIST || type == OPERATION_REMOVE_FROM_LIST)
        return kind == KEY_NONE || kind == KEY_LIST;
    if (type == OPERATION_ADD)
        return kind == KEY_NONE;
    return true;
}

static bool is_same_put(const struct history_value *value,
                        const struct history_operation *operation)
{
    return value->kind == KEY_REGISTER && value->value == operation->value &&
           (value->expiry_us != 0) == (operation->ttl_ms != 0);
}

static bool is_in_conflict(const struct work *work,
                           const struct history_operation *operation)
{
    size_t key = operation->key;
    const struct history_value *theirs = &work->history->values[key];
    bool is_changed = others_changed(work, key, /* only_resets= */ false);

    switch (operation->type) {
    case OPERATION_PUT:
        return is_changed && !is_same_put(theirs, operation);
    case OPERATION_DEL:
        return is_changed && theirs->kind != KEY_NONE;
    case OPERATION_ADD:
        return is_changed && theirs->kind != KEY_NONE &&
               !is_same_put(theirs, operation);
    case OPERATION_ADD_TO_LIST:
    case OPERATION_REMOVE_FROM_LIST:
    case OPERATION_INCREMENT:
    case OPERATION_UPLOAD:
    case OPERATION_PUT_UPLOADED:
        break;
    }
    return others_changed(work, key, /* only_resets= */ true) ||
           (is_changed && !fits(theirs->kind, operation->type));
}

static void reset(struct work *work, size_t key)
{
    memset(&work->values[key], 0, sizeof(work->values[key]));
    work->is_changed[key] = true;
    work->is_reset[key] = true;
}

static struct dot dot_at(const struct work *work, uint32_t position)
{
    if (is_device(work))
        return (struct dot){work->writer, work->local_id, position};
    return (struct dot){0, work->revision, position};
}

static void add_element(struct work *work,
                        const struct history_operation *operation,
                        uint32_t position)
{
    struct history_value *list = &work->values[operation->key];

    if (list->kind == KEY_NONE)
        list->made = work->revision;
    list->kind = KEY_LIST;
    ASSERT(list->element_count < HISTORY_ELEMENTS_MAX);
    list->elements[list->element_count++] = (struct history_element){
        dot_at(work, position), operation->value, work->revision};
    work->is_changed[operation->key] = true;
}

/* Before it is answered, nobody knows the dots that a backend makes. */
static bool is_known(const struct work *work,
                     const struct history_element *element)
{
    return is_device(work) || element->added != work->revision;
}

static void remove_elements(struct work *work,
                            const struct history_operation *operation)
{
    struct history_value *list = &work->values[operation->key];
    size_t kept = 0;

    for (size_t i = 0; i < list->element_count; i++) {
        const struct history_element *element = &list->elements[i];
        bool is_named = false;

        for (size_t j = 0; j < operation->dot_count; j++)
            is_named = is_named || dot_equal(operation->dots[j], element->dot);
        if (is_named && is_known(work, element))
            work->is_changed[operation->key] = true;
        else
            list->elements[kept++] = *element;
    }
    list->element_count = kept;
}

static enum dalv_status carry_out(struct work *work,
                                  const struct history_operation *operation,
                                  uint32_t position)
{
    size_t key = operation->key;
    struct history_value *value = &work->values[key];

    if (!fits(value->kind, operation->type))
        return operation->type == OPERATION_ADD ? DALV_OCCUPIED
                                                : DALV_WRONG_KIND;
    switch (operation->type) {
    case OPERATION_PUT:
    case OPERATION_ADD:
        reset(work, key);
        value->kind = KEY_REGISTER;
        value->value = operation->value;
        if (operation->ttl_ms != 0)
            value->expiry_us = work->now_us + operation->ttl_ms * 1000;
        return DALV_OK;
    case OPERATION_DEL:
        if (value->kind != KEY_NONE)
            reset(work, key);
        return DALV_OK;
    case OPERATION_ADD_TO_LIST:
        add_element(work, operation, position);
        return DALV_OK;
    case OPERATION_REMOVE_FROM_LIST:
        remove_elements(work, operation);
        return DALV_OK;
    case OPERATION_INCREMENT:
        value->kind = KEY_COUNTER;
        value->number += operation->number;
        work->is_changed[key] = true;
        return DALV_OK;
    case OPERATION_UPLOAD:
    case OPERATION_PUT_UPLOADED: /* No device's, and these are all theirs. */
        break;
    }
    return DALV_INVALID;
}

static enum dalv_status win(struct work *work,
                            const struct history_operation *operation,
                            uint32_t position)
{
    size_t key = operation->key;
    enum key_kind kind = work->values[key].kind;

    if (operation->type == OPERATION_ADD)
        return DALV_OCCUPIED;
    work->is_won[key] = true;
    if (operation->type == OPERATION_REMOVE_FROM_LIST && kind != KEY_LIST)
        return DALV_OK;
    if (operation->type == OPERATION_PUT || operation->type == OPERATION_DEL ||
        kind == KEY_NONE || !fits(kind, operation->type))
        work->has_conflict = true;
    if (!fits(kind, operation->type))
        reset(work, key);
    return carry_out(work, operation, position);
}

static enum dalv_status decide(struct work *work,
                               const struct history_operation *operation,
                               uint32_t position)
{
    const char *name = history_keys[operation->key];
    size_t key = operation->key;

    if (!is_device(work) || work->is_won[key])
        return carry_out(work, operation, position);
    if (name[0] == 's')
        return DALV_NOT_PERMITTED;
    if (!work->is_lost[key] && !is_in_conflict(work, operation)) {
        bool is_agreed = operation->type == OPERATION_ADD &&
                         is_same_put(&work->history->values[key], operation) &&
                         others_changed(work, key, /* only_resets= */ false);

        return is_agreed ? DALV_OK : carry_out(work, operation, position);
    }
    if (name[0] == 'a')
        return DALV_CONFLICT;
    if (name[0] == 'm')
        return win(work, operation, position);
    work->is_lost[key] = true;
    work->is_merged = true;
    work->has_conflict = true;
    return DALV_OK;
}

/* True if it took a revision. */
static bool keep(struct work *work)
{
    struct history *history = work->history;
    bool is_kept = work->has_conflict;

    for (size_t i = 0; i < HISTORY_KEYS; i++) {
        if (!work->is_changed[i] || (history->values[i].kind == KEY_NONE &&
                                     work->values[i].kind == KEY_NONE))
            continue;
        is_kept = true;
        history->values[i] = work->values[i];
        ASSERT(history->change_count < HISTORY_CHANGES_MAX);
        history->changes[history->change_count++] =
            (struct history_change){.revision = work->revision,
                                    .writer = work->writer,
                                    .key = i,
                                    .is_reset = work->is_reset[i]};
    }
    if (is_kept)
        history->revision = work->revision;
    return is_kept;
}

static void start(struct work *work, struct history *history, uint64_t writer,
                  uint64_t now_us)
{
    memset(work, 0, sizeof(*work));
    work->history = history;
    work->writer = writer;
    work->revision = history->revision + 1;
    work->now_us = now_us;
    memcpy(work->values, history->values, sizeof(work->values));
}

void history_expire(struct history *history, uint64_t now_us)
{
    struct work work;

    start(&work, history, WRITER_SYSTEM, now_us);
    for (size_t i = 0; i < HISTORY_KEYS; i++) {
        if (work.values[i].expiry_us != 0 && work.values[i].expiry_us <= now_us)
            reset(&work, i);
    }
    (void)keep(&work);
}

struct history_outcome history_judge(struct history *history, uint64_t writer,
                                     const struct history_transaction *asked,
                                     uint64_t now_us)
{
    struct history_outcome outcome = {.is_settled = true,
                                      .result = OUTCOME_APPLIED};
    struct work work;

    start(&work, history, writer, now_us);
    work.base = asked->base;
    work.local_id = asked->local_id;
    for (size_t i = 0; outcome.status == DALV_OK && i < asked->operation_count;
         i++)
        outcome.status = decide(&work, &asked->operations[i], (uint32_t)i);
    if (outcome.status != DALV_OK) {
        outcome.result = OUTCOME_REFUSED;
        return outcome;
    }
    if (work.is_merged)
        outcome.result = OUTCOME_MERGED;
    outcome.is_changing = keep(&work);
    return outcome;
}
