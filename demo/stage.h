/*
 * What all chapters of the demonstration stand on: a temporary folder, a
 * server in it that can be killed, and ways to reach it.
 */
#ifndef DALV_DEMO_STAGE_H
#define DALV_DEMO_STAGE_H

#include "demo/orders.h"

#include <dalv/dalv.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    STAGE_TOKEN_MAX = 4096,
    STAGE_PROCESSES_MAX = 8,
};

struct stage {
    char programs[PATH_MAX]; /* The folder of dalvd. */
    char folder[64];         /* Everything is in it; removed at the end. */
    uint16_t base_port;
    uint16_t last_port;                   /* That was given away. */
    pid_t server;                         /* 0: it does not run. */
    pid_t processes[STAGE_PROCESSES_MAX]; /* All that run, for an interrupt. */
    struct dalv_backend *backend;
    struct orders orders;
};

/* False, and told, if the folder or the server cannot be had. */
bool stage_open(struct stage *stage, const char *program);
void stage_close(struct stage *stage);

/* A port that is free, and so are those of a server above it; 0 for none. */
uint16_t stage_take_port(struct stage *stage);

/*
 * Start a program of ours with these arguments, the last NULL; what it says
 * goes to the file `log` in the folder. 0, and told, if it cannot be started.
 */
pid_t stage_spawn(struct stage *stage, const char *log,
                  char *const arguments[]);
/* Wait for its end: what it ended with, or -1. */
int stage_wait(struct stage *stage, pid_t *process_p);

/* Start the server, which is not ready at once; false, and told. */
bool stage_start_server(struct stage *stage);
/* kill -9, and wait for its end. */
void stage_kill_server(struct stage *stage);
/* SIGTERM: it ends in order. */
void stage_stop_server(struct stage *stage);

/* Connect as the service's backend, as soon as the server answers; false, and
   told, if it does not. */
bool stage_connect(struct stage *stage);

/* The same to routers at these base ports. */
bool stage_connect_to(struct stage *stage, const uint16_t *ports, size_t count);

/* A token for a device of `user`; false, and told. */
bool stage_issue_token(const struct stage *stage, const char *user,
                       char token[STAGE_TOKEN_MAX + 1]);

/* Open, or make, a device of `user` named `name`; NULL, and told. */
struct dalv_device *stage_open_device(const struct stage *stage,
                                      const char *user, const char *name);

/* Seconds of the monotonic clock. */
double stage_seconds(void);

#endif
