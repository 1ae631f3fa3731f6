/*
 * Who leads what in a cluster of processes, by its control store.
 */
#ifndef DALV_TESTS_SUPPORT_LIVE_LEADERSHIP_H
#define DALV_TESTS_SUPPORT_LIVE_LEADERSHIP_H

#include "control/control_place.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    LIVE_PARTITIONS_MAX = 64,
};

struct live_leadership {
    uint32_t masters[LIVE_PARTITIONS_MAX]; /* Ids of nodes; 0: none. */
    uint64_t epochs[LIVE_PARTITIONS_MAX];
    uint64_t changes[LIVE_PARTITIONS_MAX];
};

/* False if it cannot be read, or has no partitions yet. */
bool live_leadership_read(const struct control_place *place,
                          struct live_leadership *out_leadership);

#endif
