#include "base/budget.h"

#include "base/assert.h"

#include <stdlib.h>

static void *take(struct allocator *allocator, size_t size)
{
    struct budget *budget = (struct budget *)allocator;
    void *memory = NULL;

    if (size <= budget->bytes_max - budget->bytes_used)
        memory = malloc(size > 0 ? size : 1);
    if (memory == NULL)
        budget->refused_count++;
    else
        budget->bytes_used += size;
    return memory;
}

static void give(struct allocator *allocator, void *memory, size_t size)
{
    struct budget *budget = (struct budget *)allocator;

    ASSERT(size <= budget->bytes_used);
    budget->bytes_used -= size;
    free(memory);
}

void budget_init(struct budget *budget, size_t bytes_max)
{
    *budget = (struct budget){.allocator = {.take = take, .give = give},
                              .bytes_max = bytes_max};
}
