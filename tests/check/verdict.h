/* What is to be said of a history: all its users, one after the other. */
#ifndef DALV_TESTS_CHECK_VERDICT_H
#define DALV_TESTS_CHECK_VERDICT_H

#include "tests/check/history.h"
#include "tests/check/objections.h"

#include <stddef.h>

struct verdict {
    struct objections objections; /* Its file is set by the caller. */
    size_t deed_count;
    size_t undecided_count; /* Users: see tests/check/order_search.h. */
};

void verdict_reach(struct verdict *verdict, const struct history *history);

#endif
