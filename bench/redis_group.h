/*
 * A peer of the cluster: Redis with two replicas. Each write is a SET followed
 * by WAIT 1 in the same segment: it counts when the master has synced it
 * (appendfsync always) and a replica says that it has it. A replica says so
 * after its own sync, since it too appends with appendfsync always before it
 * sends anything.
 *
 * redis-benchmark can not send such pairs; this is the same closed loop on
 * plain sockets.
 */
#ifndef DALV_BENCH_REDIS_GROUP_H
#define DALV_BENCH_REDIS_GROUP_H

#include "bench/redis.h"

enum {
    REDIS_GROUP_REPLICAS = 2
};

struct redis_group {
    struct redis master;
    struct redis replicas[REDIS_GROUP_REPLICAS];
};

/* Servers on new folders; the replicas follow on return. */
void redis_group_start(struct redis_group *group, const struct bench *bench);
void redis_group_stop(struct redis_group *group);

/* Writes for the plan's time, one at a time on each of so many connections. */
struct redis_result redis_group_measure(const struct redis_group *group,
                                        unsigned connections);

#endif
