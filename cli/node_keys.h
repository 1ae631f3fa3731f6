/*
 * The keys folders of a cluster's processes, made in one go.
 *
 *     FOLDER/NAME/     of the node of that name: nodes.key, nodes.allowed,
 *                      routers.allowed; admin.key, the same for all, and
 *                      admin.allowed
 *     FOLDER/routers/  of all routers: the same, devices.key, backends.key,
 *                      backends.allowed, and client.key of the first backend
 *     FOLDER/operator/ of the first operator: operator.key
 *
 * Each goes to its machine and is named there as `keys.folder`. Secrets that
 * are there already are kept, so that what was interrupted can be repeated.
 */
#ifndef DALV_CLI_NODE_KEYS_H
#define DALV_CLI_NODE_KEYS_H

#include "cli/invocation.h"
#include "cluster/cluster_node.h"

#include <dalv/dalv.h>
#include <stddef.h>

/* What whoever made them must be told. */
struct node_keys_made {
    char admin_key[DALV_KEY_TEXT_BYTES]; /* Public, of all admin ports. */
};

/* Make them all, and set the nodes' keys. EXIT_DONE or the exit code. */
int node_keys_make(const struct invocation *invocation, const char *folder,
                   struct cluster_node *nodes, size_t count,
                   struct node_keys_made *out_made);

#endif
