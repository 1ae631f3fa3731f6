/*
 * How long the users of a partition wait when its master is killed, and for
 * what: the moments as the processes' logs tell them.
 */
#ifndef DALV_TESTS_INTEGRATION_FAILOVER_H
#define DALV_TESTS_INTEGRATION_FAILOVER_H

#include "client/dalv.h"
#include "tests/support/live_cluster.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum failover_stage {
    FAILOVER_SUSPECTED, /* The controller takes the node for away. */
    FAILOVER_OPENED,    /* The next epoch stands in the control store. */
    FAILOVER_CHOSEN,    /* And so does its master. */
    FAILOVER_LEADING,   /* The master has committed its first entry. */
    FAILOVER_ROUTED,    /* A router has a newer map. */
    FAILOVER_STAGES,
};

struct failover {
    uint32_t partition;
    bool is_answered;
    uint64_t took_ms; /* From the kill to the next write acknowledged. */
    uint64_t stage_ms[FAILOVER_STAGES]; /* From the kill; 0: not told. */
};

/* Write, kill the partition's master, and write again. The master stays dead.
   DALV_NOT_FOUND if nobody leads it. */
DALV_MUST_CHECK enum dalv_status failover_measure(
    struct live_cluster *cluster, struct dalv_backend *backend,
    uint32_t partition, struct failover *out_failover);
/* One line for people. */
void failover_tell(const struct failover *failover);
/* The time within which so many of a hundred went on. They are sorted. */
uint64_t failover_percentile(struct failover *failovers, size_t count,
                             unsigned percent);

#endif
