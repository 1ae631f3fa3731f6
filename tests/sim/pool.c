#include "tests/sim/pool.h"

#include "base/assert.h"

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

static_assert(sizeof(struct pool_block) % alignof(max_align_t) == 0,
              "what stands behind a block's link is aligned");

static void *take(struct allocator *allocator, size_t size)
{
    struct pool *pool = (struct pool *)allocator;
    struct pool_block *block = malloc(sizeof(*block) + size);

    ASSERT(block != NULL);
    block->previous = &pool->all;
    block->next = pool->all.next;
    block->next->previous = block;
    pool->all.next = block;
    pool->block_count++;
    return block + 1;
}

static void release(struct pool *pool, struct pool_block *block)
{
    block->previous->next = block->next;
    block->next->previous = block->previous;
    pool->block_count--;
    free(block);
}

static void give(struct allocator *allocator, void *memory, size_t size)
{
    (void)size;
    release((struct pool *)allocator, (struct pool_block *)memory - 1);
}

void pool_init(struct pool *pool)
{
    pool->allocator = (struct allocator){.take = take, .give = give};
    pool->all.previous = &pool->all;
    pool->all.next = &pool->all;
    pool->block_count = 0;
}

void pool_clear(struct pool *pool)
{
    while (pool->all.next != &pool->all)
        release(pool, pool->all.next);
}
