/*
 * Faults by chance of a cluster of processes, each of which ends by itself:
 * processes are killed (-9) and paused, alone and all at once; disks fail and
 * run full; the network between them is cut, in one direction or both; the
 * control store is away, or its leader.
 */
#ifndef DALV_TESTS_INTEGRATION_CLUSTER_FAULTS_H
#define DALV_TESTS_INTEGRATION_CLUSTER_FAULTS_H

#include "base/prng.h"
#include "tests/support/live_cluster.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cluster_fault {
    CLUSTER_FAULT_KILL_NODE = 0,
    CLUSTER_FAULT_PAUSE_NODE,
    CLUSTER_FAULT_KILL_ROUTER,
    CLUSTER_FAULT_PAUSE_ROUTER,
    CLUSTER_FAULT_KILL_NODES, /* All at once. */
    CLUSTER_FAULT_LOCK_CONTROL,
    /* With disks that fail: a node begins anew on one. */
    CLUSTER_FAULT_FAIL_DISK,
    CLUSTER_FAULT_FILL_DISK,
    /* With a network. */
    CLUSTER_FAULT_CUT_OFF,   /* A process, from all others. */
    CLUSTER_FAULT_CUT_MOUTH, /* It is not heard, but hears. */
    CLUSTER_FAULT_CUT_EARS,  /* It hears nobody, but is heard. */
    CLUSTER_FAULT_CUT_PAIR,  /* Two nodes. */
    CLUSTER_FAULT_CUT_PEERS, /* A node from all nodes, in some direction. */
    CLUSTER_FAULT_SPLIT,     /* All places into two halves. */
    CLUSTER_FAULT_CUT_STORE, /* A process, from the control store. */
    /* With etcd. */
    CLUSTER_FAULT_PAUSE_STORE_LEADER,
    CLUSTER_FAULT_KILL_STORE_MEMBER,
    CLUSTER_FAULTS,
};

enum {
    CLUSTER_FAULTS_STORE_PLACE = LIVE_CLUSTER_PROCESSES + 1,
    CLUSTER_FAULTS_PLACES = CLUSTER_FAULTS_STORE_PLACE,
};

struct cluster_faults {
    struct live_cluster *cluster; /* Borrowed. */
    bool has_failing_disks;
    struct prng prng;
    /* When each is well again; 0: it is. */
    uint64_t processes_ms[LIVE_CLUSTER_PROCESSES];
    uint64_t control_ms;
    uint64_t network_ms;
    uint64_t members_ms[LIVE_ETCD_MEMBERS_MAX];
    size_t counts[CLUSTER_FAULTS]; /* That happened. */
};

/* Disks can fail where the product is built without a sanitizer. */
bool cluster_faults_can_fail_disks(void);
void cluster_faults_init(struct cluster_faults *faults,
                         struct live_cluster *cluster, bool has_failing_disks,
                         uint64_t seed);
/* One of those that are possible, for a while. */
void cluster_faults_strike(struct cluster_faults *faults);
/* End those whose time is over. */
void cluster_faults_end_due(struct cluster_faults *faults, uint64_t now_ms);
/* End all of them, but for processes that wait to be started. */
void cluster_faults_end_all(struct cluster_faults *faults);
/* "2 kill_node, 1 cut_pair": what there was, for people. */
void cluster_faults_tell(const struct cluster_faults *faults);

#endif
