#include "base/allocator.h"

#include <string.h>

void *allocator_take(struct allocator *allocator, size_t size)
{
    return allocator->take(allocator, size);
}

void *allocator_take_zeroed(struct allocator *allocator, size_t size)
{
    void *memory = allocator->take(allocator, size);

    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

void allocator_give(struct allocator *allocator, void *memory, size_t size)
{
    if (memory != NULL)
        allocator->give(allocator, memory, size);
}
