/*
 * A server under measurement: dalvd in a folder of its own, with both roles, or
 * as a part of a cluster (bench/fleet.h).
 */
#ifndef DALV_BENCH_SERVER_H
#define DALV_BENCH_SERVER_H

#include "base/bounds.h"
#include "bench/bench.h"
#include "bench/process.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SERVER_TOKEN_BYTES = BOUNDS_TOKEN_BYTES_MAX + 1,
};

struct server {
    const struct bench *bench;
    struct process process;
    char folder[BENCH_PATH_BYTES];
    char keys[BENCH_PATH_BYTES]; /* The folder of those who sign tokens. */
    uint16_t backend_port;
    uint16_t device_port;
    uint16_t node_port;
};

/* A server on a new folder of that name; nothing runs yet. */
void server_init(struct server *server, const struct bench *bench,
                 const char *name);

/* The same for a part of a cluster: `yaml` is what its configuration says more,
   and tokens are signed by the issuer's key. */
void server_init_part(struct server *server, const struct bench *bench,
                      const char *name, const struct server *issuer,
                      const char *yaml);

/*
 * Start it on its folder and wait until it answers a GET. Gives the
 * microseconds from exec until then.
 */
uint64_t server_start(struct server *server);
/* The same without waiting for anything. */
void server_launch(struct server *server);
/* True if a GET is answered now. */
bool server_is_serving(const struct server *server);

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
