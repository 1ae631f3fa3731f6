/*
 * The memory of a process: it goes back when the process is killed, as a
 * system takes it back.
 */
#include "base/budget.h"

#include "tests/sim/host/process.h"

static void *take(struct allocator *allocator, size_t size)
{
    struct allocator *pool = &process_current()->pool.allocator;
    struct budget *budget = (struct budget *)allocator;

    if (size > budget->bytes_max ||
        atomic_load(&budget->bytes_used) > budget->bytes_max - size) {
        budget->refused_count++;
        return NULL;
    }
    budget->bytes_used += size;
    return pool->take(pool, size);
}

static void give(struct allocator *allocator, void *memory, size_t size)
{
    struct allocator *pool = &process_current()->pool.allocator;
    struct budget *budget = (struct budget *)allocator;

    budget->bytes_used -= size;
    pool->give(pool, memory, size);
}

void budget_init(struct budget *budget, size_t bytes_max)
{
    budget->allocator = (struct allocator){.take = take, .give = give};
    budget->bytes_max = bytes_max;
    atomic_init(&budget->bytes_used, 0);
    atomic_init(&budget->refused_count, 0);
}
