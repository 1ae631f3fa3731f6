/*
 * A cluster of real processes: storage nodes, routers and a control store, in
 * folders of their own. They are on free ports of loopback, or each in a place
 * of a network of the test's own.
 *
 * They never outlive the test and neither do the folders, however the test
 * ends; see tests/support/live_server.h.
 */
#ifndef DALV_TESTS_SUPPORT_LIVE_CLUSTER_H
#define DALV_TESTS_SUPPORT_LIVE_CLUSTER_H

#include "base/prng.h"
#include "client/dalv.h"
#include "control/control_place.h"
#include "tests/support/folder.h"
#include "tests/support/live_etcd.h"
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

struct live_cluster_options {
    bool is_keyed;          /* All connections are encrypted. */
    bool has_network;       /* Process i is in place i + 1 of live_network.h. */
    struct live_etcd *etcd; /* Borrowed; NULL: the control store is a file. */
    /* Borrowed: a dalvd of another version, which every other start of a
       process takes, by chance. NULL: all are of this one. */
    const char *other_program;
    uint64_t seed; /* Of that chance. */
};

struct live_cluster {
    struct live_cluster_options options;
    struct folder
        folder; /* Of the control store, the keys, what a test puts. */
    int guardian;
    struct control_place control;
    char control_name[PATH_MAX]; /* What that points at. */
    char control_files[3][PATH_MAX];
    char profile[PATH_MAX]; /* A file by which `dalv` finds it. */
    int lock;               /* On the control store; -1: none. */
    struct prng versions;
    size_t other_start_count; /* Of the other version. */
    /* The nodes, then the routers. */
    struct live_server processes[LIVE_CLUSTER_PROCESSES];
    bool is_paused[LIVE_CLUSTER_PROCESSES];
};

/* Make the folders, the configurations and the first map; nothing runs yet. */
void live_cluster_open(struct live_cluster *cluster,
                       const struct live_cluster_options *options);
/* Kill what runs and remove the folders. */
void live_cluster_close(struct live_cluster *cluster);

/* Start all that does not run, resume all that is paused, let go of the control
   store, and wait until all partitions are led; false if they are not. */
bool live_cluster_heal(struct live_cluster *cluster);

/* The same, and wait until nothing of who leads what has changed for a while:
   what came back is taken in. */
bool live_cluster_settle(struct live_cluster *cluster);

/* Each is fine whatever the process does, or did: it may have ended. */
void live_cluster_start(struct live_cluster *cluster, size_t process);
void live_cluster_kill(struct live_cluster *cluster, size_t process);
void live_cluster_pause(struct live_cluster *cluster, size_t process);
void live_cluster_resume(struct live_cluster *cluster, size_t process);
/* Keep everybody from the control store until unlocked: a file is locked, all
   members of etcd are killed. */
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
/* The same, which takes what slaves say if it is not older than that. */
struct dalv_backend *live_cluster_connect_reader(struct live_cluster *cluster,
                                                 uint32_t timeout_ms,
                                                 uint32_t max_staleness_ms);

#endif
