/*
 * A whole cluster with its clients, in one thread, under virtual time, from
 * one seed: routers and a node made of the product's cores and stores, devices
 * with the product's store and sync, and backends by script.
 *
 * First everything may fail (safety); then the faults end, and within a bound
 * everything asked is answered, all devices have synced, and all replicas are
 * equal (liveness).
 */
#ifndef DALV_TESTS_SIM_WORLD_H
#define DALV_TESTS_SIM_WORLD_H

#include "base/prng.h"
#include "sync/policy.h"
#include "tests/sim/backend_process.h"
#include "tests/sim/deed.h"
#include "tests/sim/device_process.h"
#include "tests/sim/faults.h"
#include "tests/sim/node_process.h"
#include "tests/sim/router_process.h"
#include "tests/sim/schedule.h"
#include "tests/sim/trace.h"
#include "tests/sim/watcher_process.h"
#include "tests/sim/wire.h"
#include "tests/sim/witness.h"
#include "token/judge.h"

#include <stdbool.h>
#include <stdint.h>

/* What every right clock says at the beginning: a day in 2026. */
#define WORLD_BASE_US UINT64_C(1790000000000000)

enum {
    WORLD_ROUTERS = 2,
    WORLD_DEVICES_MAX = 6, /* With clones. */
    WORLD_BACKENDS = 2,
    WORLD_WATCHERS = 2, /* The first follows all users. */
};

struct world {
    uint64_t seed;
    struct prng prng;
    uint64_t now_us;
    uint64_t step_count;
    struct schedule schedule;
    struct trace trace;
    struct faults faults;
    bool is_calm;         /* The faults have ended. */
    bool is_directed;     /* Nothing happens by itself: see stage.h. */
    struct tap tap;       /* Who looks at what is sent, if anybody. */
    bool is_disk_failing; /* The node's index was told to fail. */
    int64_t server_skew_us;
    struct policy policy;
    struct token_judge token_judge;
    char token[64];           /* The last one that was issued, ... */
    uint64_t token_expires_s; /* ... and how long it lives. */
    struct wires wires;
    struct node_process node;
    struct router_process routers[WORLD_ROUTERS];
    struct device_process devices[WORLD_DEVICES_MAX];
    size_t device_count;
    struct backend_process backends[WORLD_BACKENDS];
    struct watcher_process watchers[WORLD_WATCHERS];
    struct deeds deeds;
    struct witness witness;
    uint8_t *arena_block; /* What is decoded lives here for one moment. */
    bool has_failed;
    char failure[256];
};

struct world *world_create(uint64_t seed, bool is_echoed);
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

#endif
