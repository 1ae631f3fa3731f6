/*
 * Where memory comes from: the seam that pure code takes it through.
 *
 * Servers hand in one with a budget, simulators one that counts and fails.
 * NULL is an ordinary answer ("busy"), never a reason to end.
 */
#ifndef DALV_BASE_ALLOCATOR_H
#define DALV_BASE_ALLOCATOR_H

#include <stddef.h>

struct allocator {
    void *(*take)(struct allocator *allocator, size_t size);
    void (*give)(struct allocator *allocator, void *memory, size_t size);
};

/* `size` bytes aligned for any type, not cleared, or NULL. */
void *allocator_take(struct allocator *allocator, size_t size);

/* The same, all zeros. */
void *allocator_take_zeroed(struct allocator *allocator, size_t size);

/* Give back what was taken with the same size; NULL is fine. */
void allocator_give(struct allocator *allocator, void *memory, size_t size);

#endif
