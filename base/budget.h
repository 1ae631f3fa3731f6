/*
 * An allocator over the C library's heap that stops at a budget of bytes.
 *
 * Any thread at any time. Host code.
 */
#ifndef DALV_BASE_BUDGET_H
#define DALV_BASE_BUDGET_H

#include "base/allocator.h"

#include <stdatomic.h>
#include <stddef.h>

struct budget {
    struct allocator allocator; /* First: hand out its address. */
    size_t bytes_max;
    _Atomic size_t bytes_used;
    _Atomic size_t refused_count; /* Requests that did not fit. */
};

void budget_init(struct budget *budget, size_t bytes_max);

#endif
