/*
 * The other nodes, and the connections with them: a slave connects to its
 * master, for the stream and for bulk apart, so that what is acknowledged never
 * waits behind what is caught up. A master answers where it was asked.
 *
 * Private to the shell.
 */
#ifndef DALV_NODE_PEERS_H
#define DALV_NODE_PEERS_H

#include "cluster/cluster_map.h"
#include "net/endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer_link {
    struct cluster_node node; /* As the map has it. */
    struct endpoint_keys keys;
    struct endpoint *stream; /* To it; NULL until there is something to say. */
    struct endpoint *bulk;   /* The same. */
    uint64_t stream_from;    /* Its connections to us; 0: not heard of. */
    uint64_t bulk_from;
};

struct peers {
    struct peer_link links[CLUSTER_NODES_MAX];
    size_t count;
    struct cluster_version version; /* Of the map that it has. */
    uint64_t unknown_count;         /* Messages of nobody that the map has. */
    bool has_told_stranger; /* Who is no router wanted to say who leads. */
};

/* NULL if the map has no such node. */
struct peer_link *peers_find(struct peers *peers, uint32_t node);

#endif
