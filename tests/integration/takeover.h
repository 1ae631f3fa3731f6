/*
 * How a partition came to another master: the moments, as the processes' logs
 * tell them.
 */
#ifndef DALV_TESTS_INTEGRATION_TAKEOVER_H
#define DALV_TESTS_INTEGRATION_TAKEOVER_H

#include "tests/support/live_cluster.h"

#include <stdint.h>

enum takeover_stage {
    TAKEOVER_SUSPECTED, /* The controller takes a node for away. */
    TAKEOVER_OPENED,    /* The next epoch stands in the control store. */
    TAKEOVER_CHOSEN,    /* And so does its master. */
    TAKEOVER_LEADING,   /* The master has committed its first entry. */
    TAKEOVER_ROUTED,    /* A router has a newer map. */
    TAKEOVER_STAGES,
};

struct takeover {
    uint32_t partition;
    uint64_t stage_ms[TAKEOVER_STAGES]; /* From the begin + 1; 0: not told. */
};

/* The clock of the logs. */
uint64_t takeover_now_ms(void);
/* What was told since `begin_ms` of that clock, of each the first. */
void takeover_read(const struct live_cluster *cluster, uint32_t partition,
                   uint64_t begin_ms, struct takeover *out_takeover);
/* Ends a line for people with them. */
void takeover_tell(const struct takeover *takeover);

#endif
