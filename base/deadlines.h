/*
 * What is due first: a binary heap of (deadline, number) with a bound.
 *
 * Nothing is taken out of the middle: whoever is finished early lets its entry
 * come up and ignores the number then.
 */
#ifndef DALV_BASE_DEADLINES_H
#define DALV_BASE_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline {
    uint64_t due_ms;
    uint64_t number;
};

struct deadlines {
    struct deadline *items;
    size_t capacity;
    size_t count;
};

void deadlines_init(struct deadlines *deadlines, struct deadline *items,
                    size_t capacity);
bool deadlines_is_full(const struct deadlines *deadlines);
/* Must not be full. */
void deadlines_put(struct deadlines *deadlines, uint64_t due_ms,
                   uint64_t number);
/* The earliest; UINT64_MAX if there is none. */
uint64_t deadlines_next_ms(const struct deadlines *deadlines);
/* Takes one that is due at `now_ms`; false if none is. */
bool deadlines_take(struct deadlines *deadlines, uint64_t now_ms,
                    uint64_t *out_number);

#endif
