/*
 * Writes that go on while something happens to the cluster: backends that each
 * wait for their answer before they write again. What is refused is counted and
 * not repeated: a client that is told "not done" has met an error.
 */
#ifndef DALV_BENCH_TRIAL_H
#define DALV_BENCH_TRIAL_H

#include "bench/fleet.h"

#include <stdbool.h>
#include <stdint.h>

struct trial_options {
    const struct fleet *fleet;
    uint32_t keys;        /* That the writes choose from. */
    unsigned connections; /* At most LOAD_CONNECTIONS_MAX. */
    uint32_t ms_max;
    /* Asked again and again; true ends the trial. */
    bool (*is_over)(void *owner);
    void *owner;
};

struct trial_result {
    uint64_t count;
    uint64_t refused_count;
    uint64_t elapsed_us;
    double p50_ms;
    double longest_ms; /* From a write to its answer. */
};

void trial_run(const struct trial_options *options,
               struct trial_result *out_result);

#endif
