/*
 * A cluster begins: its id, its policies and its first nodes, in a control
 * store that holds none yet.
 *
 * The records of its partitions are made by the first controller, once as many
 * nodes as copies are wanted have started and named their stores.
 */
#ifndef DALV_CONTROL_CLUSTER_INIT_H
#define DALV_CONTROL_CLUSTER_INIT_H

#include "base/allocator.h"
#include "base/status.h"
#include "cluster/cluster_map.h"
#include "control/control_store.h"

#include <stddef.h>

enum {
    CLUSTER_INIT_NODES_MAX = CONTROL_CHANGES_MAX - 2,
};

struct cluster_init {
    struct cluster_head head; /* The version is 1; incarnation 0 is taken for
                                 1: a recovery gives a higher one. */
    struct cluster_policy policy;
    const struct cluster_node *nodes; /* Ascending by id, JOINING. */
    size_t node_count;
};

/*
 * DALV_OCCUPIED if the store holds a cluster already; DALV_INVALID if a part of
 * it cannot be, DALV_TOO_BIG if there are too many nodes (more can be added
 * later), DALV_NO_MEMORY, or what the store said. After DALV_UNKNOWN call it
 * again: it is done if the cluster that is there has this id.
 */
DALV_MUST_CHECK enum dalv_status cluster_init(struct control_store *store,
                                              const struct cluster_init *init,
                                              struct allocator *allocator);

#endif
