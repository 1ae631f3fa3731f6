/*
 * Nodes and partitions of a map as JSON, and their words.
 */
#ifndef DALV_CLI_CLUSTER_JSON_H
#define DALV_CLI_CLUSTER_JSON_H

#include "cluster/cluster_map.h"

#include <jansson.h>

/* "joining", "active", "draining", "removed". Static. */
const char *cluster_json_state(enum cluster_node_state state);

/* The name of a node; "?" if the map has none with this id. Borrowed. */
const char *cluster_json_name(const struct cluster_map *map, uint32_t node);

/* New objects, owned by you; NULL if there is no memory. */
json_t *cluster_json_node(const struct cluster_node *node);
json_t *cluster_json_partition(const struct cluster_map *map,
                               uint32_t partition);
/* The names of a set's nodes. */
json_t *cluster_json_members(const struct cluster_map *map,
                             const struct member_set *set);

#endif
