/*
 * A cluster of processes on this machine: three storage nodes and two routers,
 * below the stage's folder.
 */
#ifndef DALV_DEMO_TROUPE_H
#define DALV_DEMO_TROUPE_H

#include "demo/stage.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    TROUPE_NODES = 3,
    TROUPE_ROUTERS = 2,
    TROUPE_PROCESSES = TROUPE_NODES + TROUPE_ROUTERS,
};

struct troupe {
    struct stage *stage;
    pid_t processes[TROUPE_PROCESSES]; /* Nodes first; 0: it does not run. */
    uint16_t ports[TROUPE_PROCESSES];  /* Base ports. */
};

/* Make the cluster and start all of it; false, and told, if that fails. */
bool troupe_start(struct troupe *troupe, struct stage *stage);
/* Which node leads the user's data, as `dalv locate` says; TROUPE_NODES, and
   told, if it does not. */
size_t troupe_master_of(const struct troupe *troupe, const char *user);
/* kill -9. */
void troupe_kill(struct troupe *troupe, size_t process);
/* SIGTERM to all that run. */
void troupe_stop(struct troupe *troupe);

#endif
