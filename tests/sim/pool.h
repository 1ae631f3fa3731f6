/*
 * Memory that dies with its process: an allocator that knows what it gave, and
 * gives all of it back when a simulated process is killed.
 */
#ifndef DALV_TESTS_SIM_POOL_H
#define DALV_TESTS_SIM_POOL_H

#include "base/allocator.h"

#include <stddef.h>

struct pool_block {
    struct pool_block *previous;
    struct pool_block *next;
};

struct pool {
    struct allocator allocator; /* First: hand out its address. */
    struct pool_block all;      /* A ring. */
    size_t block_count;
};

void pool_init(struct pool *pool);
/* The process is gone. */
void pool_clear(struct pool *pool);

#endif
