/*
 * A server under measurement: dalvd with both roles in a folder of its own.
 */
#ifndef DALV_BENCH_SERVER_H
#define DALV_BENCH_SERVER_H

#include "base/bounds.h"
#include "bench/bench.h"
#include "bench/process.h"

#include <stdint.h>

enum {
    SERVER_TOKEN_BYTES = BOUNDS_TOKEN_BYTES_MAX + 1,
};

struct server {
    const struct bench *bench;
    struct process process;
    char folder[BENCH_PATH_BYTES];
    uint16_t backend_port;
    uint16_t device_port;
};

/* A server on a new folder of that name; it runs when this returns. */
void server_init(struct server *server, const struct bench *bench,
                 const char *name);

/*
 * Start it on its folder and wait until it answers a GET. Gives the
 * microseconds from exec until then.
 */
uint64_t server_start(struct server *server);

/* SIGTERM for an end in order, SIGKILL for none. */
void server_stop(struct server *server, int signal);

/* Remove the index, so that the next start makes it anew from the log. */
void server_remove_index(struct server *server);

/* Tokens signed by the server's own key: of the service, of one user. */
void server_backend_token(const struct server *server,
                          char token[SERVER_TOKEN_BYTES]);
void server_device_token(const struct server *server, const char *user,
                         char token[SERVER_TOKEN_BYTES]);

/* Resident memory, and processor time in microseconds so far. */
double server_memory_mib(const struct server *server);
uint64_t server_cpu_us(const struct server *server);

#endif
