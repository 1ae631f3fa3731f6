/*
 * A router in the simulator: the real core, and a shell in virtual time that
 * does what router/shell.c does. It knows nothing that a restart would need.
 */
#ifndef DALV_TESTS_SIM_ROUTER_PROCESS_H
#define DALV_TESTS_SIM_ROUTER_PROCESS_H

#include "base/buffer.h"
#include "router/core.h"
#include "tests/sim/pool.h"
#include "tests/sim/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct world;

struct router_process {
    struct world *world;
    char name[16];
    uint64_t life; /* Counts starts. */
    bool is_up;
    struct pool pool;
    struct router_core *core;
    struct wire *node; /* NULL while there is none. */
    uint64_t tick_us;
    struct buffer frame;
    struct router_event failures[ROUTER_EFFECTS_MAX]; /* Not yet stepped. */
    size_t failure_count;
};

void router_process_init(struct router_process *router, struct world *world,
                         unsigned number);
void router_process_deinit(struct router_process *router);
void router_process_start(struct router_process *router);
void router_process_kill(struct router_process *router);
/* End, and start again after a while. */
void router_process_restart(struct router_process *router);

/* A client connects; false if nobody listens. */
bool router_process_accept(struct router_process *router, struct wire *wire);

#endif
