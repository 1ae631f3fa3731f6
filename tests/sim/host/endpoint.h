/*
 * What the sockets of simulated processes are to the files beside this one.
 *
 * A socket outlives its process: wires that lead to it are told later.
 */
#ifndef DALV_TESTS_SIM_HOST_ENDPOINT_H
#define DALV_TESTS_SIM_HOST_ENDPOINT_H

#include "net/endpoint.h"
#include "tests/sim/wire.h"

#include <stdbool.h>

struct process;

/*
 * The socket of a process that is bound to an address; NULL if none is, or the
 * process stands still.
 */
struct endpoint *sockets_find(struct process *process, const char *address);

/* A client of the simulator's own has connected to it. */
void socket_accept(struct endpoint *endpoint, struct wire *wire);

/* A connecting one loses its connection; gives the next of its process. */
struct endpoint *endpoint_cut(struct endpoint *endpoint);

/* Nothing leads to any of them. */
void sockets_destroy(struct endpoint **first_p);

#endif
