/*
 * A node as an operator names it to a cluster:
 *
 *     NAME=HOST:PORT[,zone=ZONE][,weight=N][,key=KEY][,bulk=HOST:PORT]
 *
 * NAME and ZONE are letters, digits, '-', '_' and '.'; HOST is a name or an
 * address, [::1] if it has colons; KEY is the public half of its nodes.key.
 */
#ifndef DALV_CLI_NODE_TEXT_H
#define DALV_CLI_NODE_TEXT_H

#include "base/text.h"
#include "cluster/cluster_node.h"

#include <stdbool.h>

/* A node that joins, without a number yet. False, and `problem` says why. */
bool node_text_parse(const char *text, struct cluster_node *out_node,
                     struct text *problem);

/* Set its key from Z85. False if it is none. */
bool node_text_set_key(struct cluster_node *node, const char *key);

/* What both have though it is each one node's: "name", "address" or "key"; NULL
   if nothing. A node that was removed keeps its name and key. */
const char *node_text_clash(const struct cluster_node *a,
                            const struct cluster_node *b);

/* True if it has a key, or can be reached by its own machine only. */
bool node_text_is_safe(const struct cluster_node *node);

#endif
