/*
 * A whole cluster with its clients, in one thread, under virtual time, from
 * one seed: routers and nodes made of the product's shells, cores and stores,
 * devices with the product's store and sync, and backends by script.
 *
 * First everything may fail (safety); then the faults end, and within a bound
 * everything asked is answered, all devices have synced, and all replicas are
 * equal (liveness).
 */
#ifndef DALV_TESTS_SIM_WORLD_H
#define DALV_TESTS_SIM_WORLD_H

#include "base/prng.h"
#include "cluster/cluster_node.h"
#include "control/control_store.h"
#include "sync/policy.h"
#include "tests/sim/agreement.h"
#include "tests/sim/backend_process.h"
#include "tests/sim/deed.h"
#include "tests/sim/device_process.h"
#include "tests/sim/faults.h"
#include "tests/sim/likeness.h"
#include "tests/sim/node_process.h"
#include "tests/sim/router_process.h"
#include "tests/sim/schedule.h"
#include "tests/sim/size.h"
#include "tests/sim/trace.h"
#include "tests/sim/watcher_process.h"
#include "tests/sim/wire.h"
#include "tests/sim/witness.h"
#include "tests/support/memory_control.h"
#include "token/judge.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What every right clock says at the beginning: a day in 2026. */
#define WORLD_BASE_US UINT64_C(1790000000000000)

#define WORLD_CLUSTER_ID "sim"

struct world {
    uint64_t seed;
    struct prng prng;
    uint64_t now_us;
    uint64_t step_count;
    struct schedule schedule;
    struct trace trace;
    FILE *log_sink;
    struct faults faults;
    bool is_calm;     /* The faults have ended. */
    bool is_directed; /* Nothing happens by itself: see stage.h. */
    struct tap tap;   /* Who looks at what is sent, if anybody. */
    int64_t server_skew_us;
    struct policy policy;
    struct token_judge token_judge;
    char token[64];           /* The last one that was issued, ... */
    uint64_t token_expires_s; /* ... and how long it lives. */
    struct wires wires;
    struct memory_control *memory_control; /* NULL with one node. */
    struct control_store *control;
    struct process *processes[WORLD_PROCESSES_MAX]; /* By their numbers. */
    size_t process_count;
    /* What one sends does not come to the other; by their numbers. */
    bool is_blocked[WORLD_PROCESSES_MAX][WORLD_PROCESSES_MAX];
    bool is_control_cut[WORLD_PROCESSES_MAX]; /* From the control store. */
    uint64_t operator_count;                  /* Of an operator's requests. */
    bool is_node_emptied; /* One of those was to empty a node. */
    uint64_t cut_count;   /* Of the network: only the last one heals. */
    struct node_process nodes[WORLD_NODES_MAX];
    size_t node_count;
    struct router_process routers[WORLD_ROUTERS];
    struct device_process devices[WORLD_DEVICES_MAX];
    size_t device_count;
    struct backend_process backends[WORLD_BACKENDS];
    struct watcher_process watchers[WORLD_WATCHERS];
    struct deeds deeds;
    struct agreement agreement;
    struct likeness likeness;
    struct witness witness;
    uint8_t *arena_block; /* What is decoded lives here for one moment. */
    bool has_failed;
    char failure[256];
};

/* With so many nodes: 1, 3, 5 or 7; or 0, and the seed chooses. */
struct world *world_create(uint64_t seed, size_t node_count, bool is_echoed);
void world_destroy(struct world **world_p);

/* Live through both phases; true if all promises were kept. */
bool world_run(struct world *world);

/* Let time pass. */
void world_pass(struct world *world, uint64_t us);
/* The second phase alone. */
void world_settle(struct world *world);

/* A promise is broken; only the first failure is kept. */
void world_fail(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What the servers' clock says. */
uint64_t world_server_wall_us(const struct world *world);

/* When the token that was issued last expires. */
uint64_t world_token_expiry_us(const struct world *world);

/* A fresh token; borrowed until the next one is issued. */
struct bytes world_token(struct world *world, unsigned user, bool is_device);

const char *world_user_name(unsigned user);

/* ---- For servers ---- */

/* The number of one more. */
unsigned world_add_process(struct world *world, struct process *process);
/* How a node stands in the map before it has started. */
struct cluster_node world_node(const struct world *world, uint32_t number);

bool world_is_blocked(const struct world *world, const struct process *from,
                      const struct process *to);
bool world_is_control_cut(const struct world *world,
                          const struct process *process);
/* How long the control store takes to answer. */
uint64_t world_control_delay_us(struct world *world);

#endif
