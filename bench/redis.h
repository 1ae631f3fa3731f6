/*
 * The peer: Debian's redis-server, each write synced before its answer
 * (appendfsync always), and redis-benchmark. Its log is never rewritten while
 * it is measured: that would be to its disadvantage.
 */
#ifndef DALV_BENCH_REDIS_H
#define DALV_BENCH_REDIS_H

#include "bench/bench.h"
#include "bench/load.h"
#include "bench/process.h"

#include <stdint.h>

enum redis_command {
    REDIS_SET,
    REDIS_GET,
};

struct redis {
    const struct bench *bench;
    struct process process;
    uint16_t port;
};

struct redis_result {
    double rate;
    double p50_ms;
    double p99_ms;
};

/* A server on a new folder of the scratch folder; it answers on return. */
void redis_start(struct redis *redis, const struct bench *bench);
/* The same as a replica of another one; `name` is its folder's. */
void redis_start_replica(struct redis *redis, const struct redis *master,
                         const char *name);
void redis_stop(struct redis *redis);

/* `count` commands over random ones of the plan's keys. */
struct redis_result redis_measure(const struct redis *redis,
                                  enum redis_command command,
                                  struct load_shape shape, uint32_t count);

#endif
