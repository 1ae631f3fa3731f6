/* How long the users of a partition wait when its master is killed. */
#ifndef DALV_TESTS_INTEGRATION_FAILOVER_H
#define DALV_TESTS_INTEGRATION_FAILOVER_H

#include "client/dalv.h"
#include "tests/integration/takeover.h"
#include "tests/support/live_cluster.h"

#include <stddef.h>
#include <stdint.h>

struct failover {
    uint64_t took_ms; /* From the kill to the next write acknowledged. */
    struct takeover takeover;
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
