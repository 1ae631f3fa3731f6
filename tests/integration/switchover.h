/*
 * What the users of a partition feel when an operator lets another node lead
 * it: the longest wait for a write, among writes one behind the other.
 */
#ifndef DALV_TESTS_INTEGRATION_SWITCHOVER_H
#define DALV_TESTS_INTEGRATION_SWITCHOVER_H

#include "client/dalv.h"
#include "tests/integration/takeover.h"
#include "tests/support/live_cluster.h"

#include <stddef.h>
#include <stdint.h>

struct switchover {
    int code; /* Of the command. */
    size_t write_count;
    size_t error_count; /* Writes that were not acknowledged. */
    uint64_t longest_ms;
    uint64_t longest_began_ms; /* By takeover_now_ms. */
    struct takeover takeover;  /* From then on. */
};

/* Ask for it as an operator does, and write meanwhile. DALV_NOT_FOUND if nobody
   leads the partition. */
DALV_MUST_CHECK enum dalv_status switchover_measure(
    struct live_cluster *cluster, struct dalv_backend *backend,
    uint32_t partition, struct switchover *out_switchover);
/* One line for people. */
void switchover_tell(const struct switchover *switchover);

#endif
