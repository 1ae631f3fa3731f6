/*
 * What every scenario is told: what to measure, where, and where to put it.
 *
 * The harness is one process with one thread, and that is the load generator.
 * Servers and peers are other programs, started by exec and ended by their
 * process id; all of them, and the scratch folder, go with the harness,
 * however it ends (bench/guard.h).
 */
#ifndef DALV_BENCH_BENCH_H
#define DALV_BENCH_BENCH_H

#include "bench/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BENCH_PATH_BYTES = 1024,
    BENCH_CONNECTIONS = 50, /* Of the shapes with many. */
    BENCH_DEPTH = 16,       /* Requests under way on one, if pipelined. */
    BENCH_USER_KEYS = 100,  /* Keys of one user. */
};

struct bench_plan {
    unsigned rounds;
    uint32_t measure_ms; /* One measurement. */
    size_t value_bytes;
    uint32_t keys;           /* Keys that requests choose from. */
    uint32_t keys_max;       /* The largest data set. */
    uint32_t sync_count;     /* Operations of one pull, or push. */
    uint32_t live_count;     /* Changes that are watched live, or at a slave. */
    uint32_t failover_count; /* Masters that are killed. */
    const char *server;      /* The program dalvd. */
    const char *scratch;     /* A folder of the harness alone. */
};

struct bench {
    struct bench_plan plan;
    struct report report;
};

/* Say what is being measured, to whoever watches. */
void bench_tell(const char *what, const char *detail);

/* End the harness: what it measured would be wrong. */
_Noreturn void bench_give_up(const char *what, const char *why);

/* `name` in the scratch folder. */
void bench_path(const struct bench *bench, const char *name,
                char path[BENCH_PATH_BYTES]);

/* A port of loopback that is free, as are the ten above it. */
uint16_t bench_free_port(void);

#endif
