#include "base/deadlines.h"

#include "base/assert.h"

void deadlines_init(struct deadlines *deadlines, struct deadline *items,
                    size_t capacity)
{
    *deadlines = (struct deadlines){.items = items, .capacity = capacity};
}

bool deadlines_is_full(const struct deadlines *deadlines)
{
    return deadlines->count == deadlines->capacity;
}

static void swap(struct deadline *a, struct deadline *b)
{
    struct deadline held = *a;

    *a = *b;
    *b = held;
}

void deadlines_put(struct deadlines *deadlines, uint64_t due_ms,
                   uint64_t number)
{
    struct deadline *items = deadlines->items;
    size_t place = deadlines->count;

    ASSERT(!deadlines_is_full(deadlines));
    deadlines->count++;
    items[place] = (struct deadline){.due_ms = due_ms, .number = number};
    while (place > 0 && items[place].due_ms < items[(place - 1) / 2].due_ms) {
        swap(&items[place], &items[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
}

uint64_t deadlines_next_ms(const struct deadlines *deadlines)
{
    return deadlines->count == 0 ? UINT64_MAX : deadlines->items[0].due_ms;
}

static void sink_first(struct deadlines *deadlines)
{
    struct deadline *items = deadlines->items;
    size_t place = 0;

    for (;;) {
        size_t child = 2 * place + 1;

        if (child >= deadlines->count)
            return;
        if (child + 1 < deadlines->count &&
            items[child + 1].due_ms < items[child].due_ms)
            child++;
        if (items[place].due_ms <= items[child].due_ms)
            return;
        swap(&items[place], &items[child]);
        place = child;
    }
}

bool deadlines_take(struct deadlines *deadlines, uint64_t now_ms,
                    uint64_t *out_number)
{
    if (deadlines->count == 0 || deadlines->items[0].due_ms > now_ms)
        return false;
    *out_number = deadlines->items[0].number;
    deadlines->items[0] = deadlines->items[--deadlines->count];
    sink_first(deadlines);
    return true;
}
