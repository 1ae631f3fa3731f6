/*
 * A cluster of real processes on free ports of loopback: storage nodes, routers
 * and a control store in a file, in folders of their own.
 *
 * They never outlive the test and neither do the folders, however the test
 * ends; see tests/support/live_server.h.
 */
#ifndef DALV_TESTS_SUPPORT_LIVE_CLUSTER_H
#define DALV_TESTS_SUPPORT_LIVE_CLUSTER_H

#include "client/dalv.h"
#include "tests/support/folder.h"
#include "tests/support/live_server.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LIVE_CLUSTER_NODES = 3,
    LIVE_CLUSTER_ROUTERS = 2,
    LIVE_CLUSTER_PROCESSES = LIVE_CLUSTER_NODES + LIVE_CLUSTER_ROUTERS,
    LIVE_CLUSTER_PARTITIONS = 16,
};

struct live_cluster {
    struct folder folder; /* Of the control store. */
    int guardian;
    char control[PATH_MAX];
    int lock; /* On the control store; -1: none. */
    /* The nodes, then the routers. */
    struct live_server processes[LIVE_CLUSTER_PROCESSES];
    bool is_paused[LIVE_CLUSTER_PROCESSES];
};

/* Make the folders, the configurations and the first map; nothing runs yet. */
void live_cluster_open(struct live_cluster *cluster);
/* Kill what runs and remove the folders. */
void live_cluster_close(struct live_cluster *cluster);

/* Start all that does not run, resume all that is paused, let go of the control
   store, and wait until all partitions are led; false if they are not. */
bool live_cluster_heal(struct live_cluster *cluster);

/* Each is fine whatever the process does. */
void live_cluster_start(struct live_cluster *cluster, size_t process);
void live_cluster_kill(struct live_cluster *cluster, size_t process);
void live_cluster_pause(struct live_cluster *cluster, size_t process);
void live_cluster_resume(struct live_cluster *cluster, size_t process);
/* Keep everybody from the control store, as if it were away, until unlocked. */
void live_cluster_lock_control(struct live_cluster *cluster);
void live_cluster_unlock_control(struct live_cluster *cluster);

/* The node that leads a partition by the control store; SIZE_MAX: none. */
size_t live_cluster_master(const struct live_cluster *cluster,
                           uint32_t partition);
/* A user of this partition; `number` tells several apart. */
void live_cluster_user(uint32_t partition, unsigned number, char name[32]);

/* A backend that knows all routers and begins with one of them; NULL without
   one. Calls of it give up after `timeout_ms`. */
struct dalv_backend *live_cluster_connect(struct live_cluster *cluster,
                                          size_t router, uint32_t timeout_ms);

#endif
