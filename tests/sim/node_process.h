/*
 * A storage node in the simulator: the real core, store, log and index on a
 * disk in memory, and a shell that carries the core's effects out in virtual
 * time. It differs from node/shell.c in what it stands on, not in what it does.
 */
#ifndef DALV_TESTS_SIM_NODE_PROCESS_H
#define DALV_TESTS_SIM_NODE_PROCESS_H

#include "base/list.h"
#include "node/core.h"
#include "node/gateway.h"
#include "node/index_orders.h"
#include "node/log_orders.h"
#include "node/store.h"
#include "tests/sim/disk.h"
#include "tests/sim/order_queue.h"
#include "tests/sim/pool.h"
#include "tests/sim/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NODE_PROCESS_PARTITIONS = 4,
};

struct world;

struct node_process {
    struct world *world;
    struct disk disk;
    uint64_t life; /* Counts starts; whatever belongs to another is late. */
    bool is_up;
    bool is_stopping; /* It takes nothing in any more, ... */
    uint64_t stop_us; /* ... since then. */
    struct pool pool; /* What follows dies with the process. */
    struct gateway *gateway;
    struct node_store *store;
    struct node_core *core;
    struct index_clerk *clerk;
    struct node_effects effects;
    struct order_queue index_queue;
    struct order_queue log_queue;
    struct request **requests; /* Under way: their frames are the heap's. */
    size_t request_count;
    size_t request_capacity;
    bool is_round_due;
    bool has_effects; /* To be carried out. */
    uint64_t tick_us; /* When the next tick is scheduled. */
    bool is_checkpoint_ordered;
    uint64_t turns_since_checkpoint;
    struct log_position flushed[NODE_PROCESS_PARTITIONS];
};

void node_process_init(struct node_process *node, struct world *world);
void node_process_deinit(struct node_process *node);

/* Open the store and begin; on a failure it is tried again later. */
void node_process_start(struct node_process *node);

/* The process ends at once; with `is_power_lost` the machine does. */
void node_process_kill(struct node_process *node, bool is_power_lost);
/* The same, and it is started again after a while. */
void node_process_restart(struct node_process *node, bool is_power_lost);
/* It is asked to end: it finishes what it has, and is started again. */
void node_process_stop(struct node_process *node);
/* The log or the index failed: the process ends, and starts again. */
void node_process_fail(struct node_process *node, enum dalv_status status,
                       const char *what);

/* A router connects; false if nobody listens. */
bool node_process_accept(struct node_process *node, struct wire *wire);

#endif
