#include "tests/check/user_state.h"

#include "base/assert.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum {
    CAPACITY_FIRST = 256,
};

void user_state_init(struct user_state *state, const struct history *history)
{
    *state = (struct user_state){0};
    state->keys = calloc((size_t)history->keys.count + 1, sizeof(*state->keys));
    ASSERT(state->keys != NULL);
}

void user_state_deinit(struct user_state *state)
{
    free(state->keys);
    free(state->changes);
    *state = (struct user_state){0};
}

static uint64_t content_hash(uint32_t key, const struct key_content *content)
{
    const uint64_t words[5] = {key, (uint64_t)content->found, content->value,
                               (uint64_t)content->number, content->revision};

    return hash64(bytes_make(words, sizeof(words)));
}

static void set(struct user_state *state, uint32_t key,
                const struct key_content *content)
{
    state->hash ^= content_hash(key, &state->keys[key]);
    state->hash ^= content_hash(key, content);
    state->keys[key] = *content;
}

bool user_state_explains(const struct user_state *state,
                         const struct history_call *get)
{
    const struct key_content *content = &state->keys[get->key];

    if (get->found != content->found)
        return false;
    if (get->found == HISTORY_ABSENT)
        return true;
    if (get->revision != 0 && get->revision != content->revision)
        return false;
    return get->found == HISTORY_VALUE ? get->value == content->value
                                       : get->number == content->number;
}

static void remember(struct user_state *state, uint32_t key)
{
    if (state->change_count == state->change_capacity) {
        state->change_capacity = state->change_capacity == 0
                                     ? (size_t)CAPACITY_FIRST
                                     : state->change_capacity * 2;
        state->changes = realloc(state->changes, state->change_capacity *
                                                     sizeof(*state->changes));
        ASSERT(state->changes != NULL);
    }
    state->changes[state->change_count++] =
        (struct key_change){.key = key, .before = state->keys[key]};
}

/* A counter begins at 0; what is no counter is none from then on. */
static void operate(struct user_state *state,
                    const struct history_operation *operation)
{
    struct key_content content = {.revision = state->revision};
    const struct key_content *before = &state->keys[operation->key];

    remember(state, operation->key);
    switch (operation->verb) {
    case HISTORY_PUT:
        content.found = HISTORY_VALUE;
        content.value = operation->value;
        break;
    case HISTORY_ADD:
        content.found = HISTORY_NUMBER;
        content.number = operation->number +
                         (before->found == HISTORY_NUMBER ? before->number : 0);
        break;
    case HISTORY_REMOVE:
        content.found = HISTORY_ABSENT;
        break;
    }
    set(state, operation->key, &content);
}

/* What its last "add" came to. */
static bool comes_to(const struct user_state *state,
                     const struct history *history,
                     const struct history_call *update)
{
    if (update->end != HISTORY_DONE || update->found != HISTORY_NUMBER)
        return true;
    for (size_t i = update->count; i > 0; i--) {
        const struct history_operation *operation =
            &history->operations[update->first + i - 1];

        if (operation->verb == HISTORY_ADD)
            return state->keys[operation->key].number == update->number;
    }
    return true;
}

bool user_state_apply(struct user_state *state, const struct history *history,
                      const struct history_call *update)
{
    size_t change_count = state->change_count;

    state->revision++;
    for (size_t i = 0; i < update->count; i++)
        operate(state, &history->operations[update->first + i]);
    if (comes_to(state, history, update))
        return true;
    user_state_undo(state, change_count);
    return false;
}

void user_state_undo(struct user_state *state, size_t change_count)
{
    while (state->change_count > change_count) {
        const struct key_change *change =
            &state->changes[--state->change_count];

        set(state, change->key, &change->before);
    }
    state->revision--;
}
