/*
 * A cluster of processes that suffers faults by chance, under load, a witness,
 * and a judge of all that clients saw.
 */
#ifndef DALV_TESTS_INTEGRATION_CLUSTER_CHAOS_H
#define DALV_TESTS_INTEGRATION_CLUSTER_CHAOS_H

#include "base/prng.h"
#include "tests/check/history_writer.h"
#include "tests/integration/cluster_faults.h"
#include "tests/integration/load.h"
#include "tests/integration/witness.h"
#include "tests/support/live_cluster.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLUSTER_CHAOS_LOADS = 8,
};

struct cluster_chaos_options {
    struct live_cluster_options cluster;
    size_t load_count; /* Up to CLUSTER_CHAOS_LOADS, half to each router. */
    bool has_failing_disks;
};

struct cluster_chaos {
    struct live_cluster cluster;
    struct witness witness;
    struct history_writer history; /* Of all loads, for a judge. */
    char history_path[PATH_MAX];
    size_t call_count;
    size_t objections; /* Of that judge. */
    struct cluster_faults faults;
    struct prng prng;
    size_t load_count;
    struct load loads[CLUSTER_CHAOS_LOADS];
    struct dalv_backend *backends[CLUSTER_CHAOS_LOADS];
    size_t not_in_time; /* What was waited for in vain. */
};

/* Start a cluster and connect the loads. */
void cluster_chaos_open(struct cluster_chaos *chaos,
                        const struct cluster_chaos_options *options,
                        uint64_t seed);
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
/* Settle, look at everything, with each node away in turn, compare what the
   nodes have logged, and judge the history of all calls. */
void cluster_chaos_judge(struct cluster_chaos *chaos);
/* True as long as all promises were kept. */
bool cluster_chaos_is_content(const struct cluster_chaos *chaos);
/* One line for people. */
void cluster_chaos_tell(const struct cluster_chaos *chaos);

#endif
