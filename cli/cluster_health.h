/*
 * What a map says about how its cluster is: what is wrong, and what each node
 * bears.
 *
 * A map knows no heartbeats. That a node is away shows in what was taken from
 * it: it leads nothing any more.
 */
#ifndef DALV_CLI_CLUSTER_HEALTH_H
#define DALV_CLI_CLUSTER_HEALTH_H

#include "cluster/cluster_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may be the matter with a partition, worst first. */
enum partition_trouble {
    PARTITION_LEADERLESS, /* Nobody leads it: its users wait. */
    PARTITION_THIN,       /* It has fewer good copies than are wanted. */
    PARTITION_MOVING,     /* A set of members is being changed. */
    PARTITION_WELL,
};

struct node_share {
    uint32_t copies; /* As member of the wanted set. */
    uint32_t leads;
    uint32_t joining; /* Copies that it is being given, or is leaving. */
};

struct cluster_health {
    const struct cluster_map *map;
    bool is_founded;
    uint32_t troubled[PARTITION_WELL]; /* Partitions, by their worst. */
    struct node_share shares[CLUSTER_NODES_MAX]; /* As map->nodes. */
};

/* The map is borrowed. */
void cluster_health_make(const struct cluster_map *map, bool is_founded,
                         struct cluster_health *out_health);

enum partition_trouble cluster_health_of(const struct cluster_map *map,
                                         uint32_t partition);

/* ACTIVE and a member, but it leads nothing while others do. */
bool cluster_health_is_idle(const struct cluster_health *health, size_t node);

/* True if all users are served. */
bool cluster_health_is_serving(const struct cluster_health *health);

#endif
