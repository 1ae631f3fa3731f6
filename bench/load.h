/*
 * A closed loop of requests: so many connections, so many under way on each,
 * each answer followed by the next request, for so long.
 */
#ifndef DALV_BENCH_LOAD_H
#define DALV_BENCH_LOAD_H

#include "base/bytes.h"
#include "bench/histogram.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOAD_CONNECTIONS_MAX = 64,
    LOAD_DEPTH_MAX = 64,
    /*
     * Frames are made with this request number; the load writes its own, of
     * the same width, in its place behind version and type.
     */
    LOAD_REQUEST = 1 << 14,
};

struct load_shape {
    unsigned connections;
    unsigned depth;
};

/* Where requests come from. */
struct load_source {
    void *owner;
    /* Before anything else on a new connection; NULL if nothing is said. */
    struct bytes (*hello)(void *owner);
    /* The next request; empty if there are no more. Borrowed until the next
       call. */
    struct bytes (*next)(void *owner, size_t connection);
    /* False if the answer is not what it should be. */
    bool (*accepts)(void *owner, struct bytes answer);
    /* Asked now and then, also while no answer comes; true ends the load before
       its time. NULL if nothing does. */
    bool (*is_over)(void *owner);
};

struct load_result {
    uint64_t count;
    uint64_t elapsed_us;
    struct histogram latency_us;
};

/* Until the source is empty or `ms_max` have passed. */
void load_run(const struct load_source *source, uint16_t port,
              struct load_shape shape, uint32_t ms_max,
              struct load_result *out_result);

/* Answers in a second. */
double load_rate(const struct load_result *result);

#endif
