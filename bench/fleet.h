/*
 * A cluster under measurement: storage nodes, one router and a control store in
 * a file, each process with a folder of its own on the same disk.
 *
 * It is made and changed by `dalv`, as an operator does it; how it stands the
 * nodes are asked themselves, as a controller asks them.
 */
#ifndef DALV_BENCH_FLEET_H
#define DALV_BENCH_FLEET_H

#include "bench/process.h"
#include "bench/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FLEET_NODES_MAX = 4,
    FLEET_NODES = 3, /* That each partition has a copy on. */
};

struct fleet {
    const struct bench *bench;
    const char *name;
    uint32_t partitions;
    size_t node_count;
    struct server router; /* It signs the tokens. */
    struct server nodes[FLEET_NODES_MAX];
    char store[BENCH_PATH_BYTES]; /* As `dalv` takes it. */
};

/* A cluster of FLEET_NODES nodes on new folders; it serves on return. */
void fleet_start(struct fleet *fleet, const struct bench *bench,
                 const char *name, uint32_t partitions);
void fleet_stop(struct fleet *fleet);

/* Add a node to the map and start it; it takes part on return, and holds
   nothing yet. */
void fleet_add_node(struct fleet *fleet);

/* Wait until every copy holds what its master does, and all are led. */
void fleet_wait_well(const struct fleet *fleet);

/* The node that leads the partition of a user; SIZE_MAX: none says so. */
size_t fleet_master(const struct fleet *fleet, const char *user);

/* Begin what `dalv` does; its end is told by process_is_over. */
void fleet_begin_switchover(const struct fleet *fleet, const char *user,
                            size_t node, struct process *out_process);
void fleet_begin_rebalance(const struct fleet *fleet,
                           struct process *out_process);

/* Processor time of all processes so far, in microseconds. */
uint64_t fleet_cpu_us(const struct fleet *fleet);

#endif
