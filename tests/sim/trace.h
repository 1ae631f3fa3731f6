/*
 * What happened: the last lines, for people, and a hash over all of them, by
 * which two runs of one seed are compared.
 */
#ifndef DALV_TESTS_SIM_TRACE_H
#define DALV_TESTS_SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
    TRACE_LINES_KEPT = 100,
    TRACE_LINE_MAX = 200,
};

struct trace {
    char lines[TRACE_LINES_KEPT][TRACE_LINE_MAX];
    uint64_t count;
    uint64_t hash;
    bool is_echoed; /* Each line goes to standard output too. */
};

void trace_init(struct trace *trace, bool is_echoed);

void trace_put(struct trace *trace, uint64_t now_us, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The last lines, oldest first. */
void trace_print(const struct trace *trace, FILE *sink);

#endif
