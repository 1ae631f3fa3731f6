/*
 * A storage node in the simulator: the product's own shell with all that it
 * stands on, over a disk in memory and what tests/sim/host/ stands in for.
 */
#ifndef DALV_TESTS_SIM_NODE_PROCESS_H
#define DALV_TESTS_SIM_NODE_PROCESS_H

#include "cluster/member.h"
#include "tests/sim/disk.h"
#include "tests/sim/server.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NODE_ADDRESS_BYTES = 24,
};

struct world;

struct node_process {
    struct world *world;
    struct server server;
    char address[NODE_ADDRESS_BYTES];
    struct member self; /* Its store's id changes with the disk. */
    uint64_t boot_number;
    uint64_t boot_id; /* Of its newest life. */
    struct disk disk;
    bool is_disk_failing; /* The index was told to fail. */
    bool is_stopping;     /* It was asked to end, ... */
    uint64_t stop_us;     /* ... then. */
};

/* `number` counts from 1, as in the map. */
void node_process_init(struct node_process *node, struct world *world,
                       uint32_t number);
void node_process_deinit(struct node_process *node);

/* Open the store and begin; on a failure it is tried again later. */
void node_process_start(struct node_process *node);

/* The process ends at once; with `is_power_lost` the machine does. */
void node_process_kill(struct node_process *node, bool is_power_lost);
/* The same, and it is started again after a while. */
void node_process_restart(struct node_process *node, bool is_power_lost);
/* The same, and its disk is another one: it will be another member. */
void node_process_wipe(struct node_process *node);
/* It is asked to end: it finishes what it has, and is started again. */
void node_process_stop(struct node_process *node);

static inline bool node_process_is_up(const struct node_process *node)
{
    return node->server.process.is_up;
}

/* Its index, to be looked at from outside; NULL while it is down. */
struct index *node_process_index(const struct node_process *node);

#endif
