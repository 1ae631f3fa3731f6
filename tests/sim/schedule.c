#include "tests/sim/schedule.h"

#include "base/assert.h"

#include <stdlib.h>

void schedule_init(struct schedule *schedule)
{
    *schedule = (struct schedule){.heap = NULL};
}

void schedule_deinit(struct schedule *schedule)
{
    for (size_t i = 0; i < schedule->count; i++)
        parcel_destroy(&schedule->heap[i].parcel);
    free(schedule->heap);
}

static bool is_before(const struct moment *a, const struct moment *b)
{
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us;
    return a->sequence < b->sequence;
}

static void swap(struct moment *a, struct moment *b)
{
    struct moment kept = *a;

    *a = *b;
    *b = kept;
}

static void grow(struct schedule *schedule)
{
    schedule->capacity = 2 * schedule->capacity + 64;
    schedule->heap =
        realloc(schedule->heap, schedule->capacity * sizeof(struct moment));
    ASSERT(schedule->heap != NULL);
}

void schedule_put(struct schedule *schedule, struct moment moment)
{
    size_t place = schedule->count;

    if (schedule->count == schedule->capacity)
        grow(schedule);
    moment.sequence = ++schedule->sequence_last;
    schedule->heap[schedule->count++] = moment;
    while (place > 0 && is_before(&schedule->heap[place],
                                  &schedule->heap[(place - 1) / 2])) {
        swap(&schedule->heap[place], &schedule->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
}

/* The place of the earliest of a moment and its two children. */
static size_t earliest(const struct schedule *schedule, size_t place)
{
    size_t first = place;

    for (size_t child = 2 * place + 1;
         child <= 2 * place + 2 && child < schedule->count; child++) {
        if (is_before(&schedule->heap[child], &schedule->heap[first]))
            first = child;
    }
    return first;
}

bool schedule_take(struct schedule *schedule, struct moment *out_moment)
{
    size_t place = 0;
    size_t next;

    if (schedule->count == 0)
        return false;
    *out_moment = schedule->heap[0];
    schedule->heap[0] = schedule->heap[--schedule->count];
    while ((next = earliest(schedule, place)) != place) {
        swap(&schedule->heap[place], &schedule->heap[next]);
        place = next;
    }
    return true;
}
