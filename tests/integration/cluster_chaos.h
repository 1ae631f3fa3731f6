/*
 * A cluster of processes that suffers faults by chance, under load, and a
 * witness: nodes and routers are killed (-9) and paused, alone and all at once,
 * and the control store is away for seconds.
 */
#ifndef DALV_TESTS_INTEGRATION_CLUSTER_CHAOS_H
#define DALV_TESTS_INTEGRATION_CLUSTER_CHAOS_H

#include "base/prng.h"
#include "tests/integration/load.h"
#include "tests/integration/witness.h"
#include "tests/support/live_cluster.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLUSTER_CHAOS_LOADS = 8,
};

enum cluster_fault {
    CLUSTER_FAULT_KILL_NODE = 0,
    CLUSTER_FAULT_PAUSE_NODE,
    CLUSTER_FAULT_KILL_ROUTER,
    CLUSTER_FAULT_PAUSE_ROUTER,
    CLUSTER_FAULT_KILL_NODES, /* All at once. */
    CLUSTER_FAULT_LOCK_CONTROL,
    CLUSTER_FAULTS,
};

struct cluster_chaos {
    struct live_cluster cluster;
    struct witness witness;
    struct prng prng;
    size_t load_count;
    struct load loads[CLUSTER_CHAOS_LOADS];
    struct dalv_backend *backends[CLUSTER_CHAOS_LOADS];
    /* When each process is well again, and the control store; 0: it is. */
    uint64_t well_ms[LIVE_CLUSTER_PROCESSES];
    uint64_t control_well_ms;
    size_t faults[CLUSTER_FAULTS];
    size_t not_in_time; /* What was waited for in vain. */
};

/* Start a cluster, and connect so many loads, half of them to each router. */
void cluster_chaos_open(struct cluster_chaos *chaos, uint64_t seed,
                        size_t load_count);
void cluster_chaos_close(struct cluster_chaos *chaos);

/* Load without faults. */
void cluster_chaos_load(struct cluster_chaos *chaos, uint32_t duration_ms);
/* Take answers, and ask for nothing. */
void cluster_chaos_poll(struct cluster_chaos *chaos, uint32_t duration_ms);
/* Load and faults by chance; some of them outlast it. */
void cluster_chaos_suffer(struct cluster_chaos *chaos, uint32_t duration_ms);
/* End all faults, and learn the outcome of every write; false if that is not
   told in time. */
bool cluster_chaos_settle(struct cluster_chaos *chaos);
/* Settle, look at everything, with each node away in turn, and compare what the
   nodes have logged. */
void cluster_chaos_judge(struct cluster_chaos *chaos);
/* One line for people. */
void cluster_chaos_tell(const struct cluster_chaos *chaos);

#endif
