/*
 * A router in the simulator: the product's own shell and, in a cluster, its
 * membership with a controller. It knows nothing that a restart would need.
 */
#ifndef DALV_TESTS_SIM_ROUTER_PROCESS_H
#define DALV_TESTS_SIM_ROUTER_PROCESS_H

#include "tests/sim/server.h"
#include "tests/sim/wire.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ROUTER_ADDRESS_BYTES = 24,
};

struct world;

struct router_process {
    struct world *world;
    struct server server;
    char backend_address[ROUTER_ADDRESS_BYTES];
    char device_address[ROUTER_ADDRESS_BYTES];
};

void router_process_init(struct router_process *router, struct world *world,
                         unsigned number);
void router_process_deinit(struct router_process *router);
void router_process_start(struct router_process *router);
void router_process_kill(struct router_process *router);
/* End, and start again after a while. */
void router_process_restart(struct router_process *router);

/* It loses its connections to nodes. */
void router_process_cut(struct router_process *router);

/* A client connects; false if nobody listens. */
bool router_process_accept(struct router_process *router, struct wire *wire);

#endif
