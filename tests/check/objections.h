/*
 * What contradicts the promises, for people: each is counted, and the first
 * ones are told.
 */
#ifndef DALV_TESTS_CHECK_OBJECTIONS_H
#define DALV_TESTS_CHECK_OBJECTIONS_H

#include <stddef.h>
#include <stdio.h>

enum {
    OBJECTIONS_TOLD_MAX = 20,
};

struct objections {
    FILE *file; /* Borrowed; NULL: only count. */
    size_t count;
};

/* "WHO: what", as printf writes it. */
__attribute__((format(printf, 3, 4))) void objections_add(
    struct objections *objections, const char *who, const char *format, ...);

#endif
