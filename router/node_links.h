/*
 * The connections of a router to the nodes of the cluster: an endpoint each.
 *
 * A node that shares the router's process is met within it, all others by their
 * address. One thread uses them, that of the loop.
 */
#ifndef DALV_ROUTER_NODE_LINKS_H
#define DALV_ROUTER_NODE_LINKS_H

#include "base/status.h"
#include "cluster/cluster_map.h"
#include "net/endpoint.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node_link {
    uint32_t node;
    struct endpoint *endpoint;
    char address[CLUSTER_ADDRESS_BYTES_MAX + 1];
};

struct node_links {
    struct loop *loop;
    struct endpoint *own; /* Of the node in this process; NULL: none. */
    uint32_t own_node;
    const struct endpoint_keys *keys; /* Ours towards nodes; NULL: none. */
    size_t queue_bytes_max;           /* Requests that a node has not taken. */
    struct node_link items[CLUSTER_NODES_MAX];
    size_t count;
};

/*
 * Connect to the nodes of a map that are new or have moved; let go of those
 * that it does not have any more. What can not be connected to, for the reason
 * given, is left out until the next map.
 */
DALV_MUST_CHECK enum dalv_status node_links_follow(
    struct node_links *links, const struct cluster_map *map);
void node_links_close(struct node_links *links);

/* 0 if it is none of these. */
uint32_t node_links_node(const struct node_links *links,
                         const struct endpoint *endpoint);

/* As endpoint_send; DALV_UNAVAILABLE if there is no connection. */
DALV_MUST_CHECK enum dalv_status node_links_send(const struct node_links *links,
                                                 uint32_t node,
                                                 struct parcel **parcel_p);

#endif
