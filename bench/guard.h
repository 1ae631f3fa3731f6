/*
 * Runs the work in a process of its own, and cleans up after it.
 *
 * The work and all programs that it starts are one process group. Whatever
 * ends it (its return, a failure, a signal to us, its time running out), the
 * group is ended and the scratch folder removed.
 */
#ifndef DALV_BENCH_GUARD_H
#define DALV_BENCH_GUARD_H

#include <stdint.h>

struct guard_options {
    const char *scratch; /* The folder that is removed at the end. */
    uint32_t seconds_max;
    int (*work)(void *owner); /* Gives the exit code. */
    void *owner;
};

/* The exit code of the work; 1 if it was ended. */
int guard_run(const struct guard_options *options);

#endif
