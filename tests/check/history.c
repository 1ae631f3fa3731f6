#include "tests/check/history.h"

#include "base/assert.h"

#include <stdlib.h>

enum {
    CAPACITY_FIRST = 1024,
};

void history_deinit(struct history *history)
{
    vocabulary_deinit(&history->users);
    vocabulary_deinit(&history->keys);
    vocabulary_deinit(&history->values);
    vocabulary_deinit(&history->requests);
    free(history->calls);
    free(history->operations);
    *history = (struct history){0};
}

static void *grown(void *items, size_t item_size, size_t *capacity)
{
    *capacity = *capacity == 0 ? (size_t)CAPACITY_FIRST : *capacity * 2;
    items = realloc(items, *capacity * item_size);
    ASSERT(items != NULL);
    return items;
}

struct history_call *history_add_call(struct history *history)
{
    if (history->call_count == history->call_capacity)
        history->calls = grown(history->calls, sizeof(*history->calls),
                               &history->call_capacity);
    history->calls[history->call_count] =
        (struct history_call){.first = history->operation_count};
    return &history->calls[history->call_count++];
}

void history_add_operation(struct history *history,
                           const struct history_operation *operation)
{
    ASSERT(history->call_count > 0);
    if (history->operation_count == history->operation_capacity)
        history->operations =
            grown(history->operations, sizeof(*history->operations),
                  &history->operation_capacity);
    history->operations[history->operation_count++] = *operation;
    history->calls[history->call_count - 1].count++;
}
