/*
 * What an operator names of a map: a node, a partition.
 */
#ifndef DALV_CLI_MAP_PLACE_H
#define DALV_CLI_MAP_PLACE_H

#include "cli/cluster_access.h"

#include <stdint.h>

/* A node by its name, or its number. EXIT_DONE, or EXIT_NOT_FOUND as was said;
   what is found is borrowed from the map. */
int map_place_node(const struct cluster_access *access, const char *text,
                   const struct cluster_node **out_node);

/* A partition's number. The same. */
int map_place_partition(const struct cluster_access *access, const char *text,
                        uint32_t *out_partition);

#endif
