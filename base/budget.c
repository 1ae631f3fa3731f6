#include "base/budget.h"

#include "base/assert.h"

#include <stdlib.h>

static void *take(struct allocator *allocator, size_t size)
{
    struct budget *budget = (struct budget *)allocator;
    void *memory = NULL;

    if (size > budget->bytes_max) {
        budget->refused_count++;
        return NULL;
    }
    if (atomic_fetch_add(&budget->bytes_used, size) <= budget->bytes_max - size)
        memory = malloc(size > 0 ? size : 1);
    if (memory == NULL) {
        atomic_fetch_sub(&budget->bytes_used, size);
        budget->refused_count++;
    }
    return memory;
}

static void give(struct allocator *allocator, void *memory, size_t size)
{
    struct budget *budget = (struct budget *)allocator;
    size_t used = atomic_fetch_sub(&budget->bytes_used, size);

    ASSERT(size <= used);
    free(memory);
}

void budget_init(struct budget *budget, size_t bytes_max)
{
    budget->allocator = (struct allocator){.take = take, .give = give};
    budget->bytes_max = bytes_max;
    atomic_init(&budget->bytes_used, 0);
    atomic_init(&budget->refused_count, 0);
}
