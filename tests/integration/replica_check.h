/*
 * Whether the nodes of a cluster have logged the same.
 */
#ifndef DALV_TESTS_INTEGRATION_REPLICA_CHECK_H
#define DALV_TESTS_INTEGRATION_REPLICA_CHECK_H

#include "tests/support/live_cluster.h"

#include <stdbool.h>

/*
 * Wait until the nodes, of which nobody asks anything, have logged up to the
 * same entry of each partition, with the same before it. False, and told on
 * standard error, if they do not in time.
 */
bool replica_check(const struct live_cluster *cluster);

#endif
