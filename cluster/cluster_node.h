/*
 * A node as the whole cluster knows it: one entry of the map.
 *
 * Its key says who it is; the address only where it is. A node that was removed
 * stays listed, so that its number is never given again.
 */
#ifndef DALV_CLUSTER_CLUSTER_NODE_H
#define DALV_CLUSTER_CLUSTER_NODE_H

#include "base/bytes.h"
#include "base/status.h"
#include "cluster/member.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CLUSTER_NAME_BYTES_MAX = 64,     /* Of a cluster, a node or a zone. */
    CLUSTER_ADDRESS_BYTES_MAX = 128, /* "10.0.0.1:7474", "[::1]:7474". */
    CLUSTER_KEY_BYTES = 32,          /* CURVE25519, public. */
    CLUSTER_NODE_ID_MAX = (1 << 23) - 1,
    CLUSTER_WEIGHT_MAX = 10000,
    CLUSTER_WEIGHT_NORMAL = 100,
    CLUSTER_NODE_BYTES_MAX = 2 + 3 * (1 + CLUSTER_NAME_BYTES_MAX) +
                             2 * (2 + CLUSTER_ADDRESS_BYTES_MAX) +
                             CLUSTER_KEY_BYTES + STORE_ID_BYTES + 5 + 5 + 10
};

enum cluster_node_state {
    CLUSTER_NODE_JOINING = 1,  /* Known, and not started yet: holds nothing. */
    CLUSTER_NODE_ACTIVE = 2,   /* Gets its share of the partitions. */
    CLUSTER_NODE_DRAINING = 3, /* Serves what it has, is being emptied. */
    CLUSTER_NODE_REMOVED = 4,  /* Nobody talks to it; what it says is void. */
};

/* Texts end with a zero and are UTF-8 without one. */
struct cluster_node {
    uint32_t id; /* From 1. */
    enum cluster_node_state state;
    char name[CLUSTER_NAME_BYTES_MAX + 1]; /* Unique in the cluster. */
    char zone[CLUSTER_NAME_BYTES_MAX + 1]; /* Empty: a zone of its own. */
    char address[CLUSTER_ADDRESS_BYTES_MAX + 1];
    /* Where catch-up goes, if it is not `address`; else empty. */
    char bulk_address[CLUSTER_ADDRESS_BYTES_MAX + 1];
    uint8_t key[CLUSTER_KEY_BYTES]; /* All zeros: loopback without keys. */
    uint32_t weight;                /* 1 .. CLUSTER_WEIGHT_MAX. */
    struct store_id store;          /* None until it started once. */
    uint64_t boot_number;           /* How often it started; 0: never. */
};

/* DALV_INVALID unless the entry can be. */
DALV_MUST_CHECK enum dalv_status cluster_node_check(
    const struct cluster_node *node);

/* The member that it is now; unset while it has no store. */
struct member cluster_node_member(const struct cluster_node *node);

/* False for a node on loopback, whose connections are open. */
bool cluster_node_has_key(const struct cluster_node *node);

bool cluster_node_equal(const struct cluster_node *a,
                        const struct cluster_node *b);

/*
 * The bytes of an entry, in its one form. DALV_TOO_BIG if they do not fit, and
 * as cluster_node_check.
 */
DALV_MUST_CHECK enum dalv_status cluster_node_encode(
    const struct cluster_node *node, struct writer *writer);

/*
 * DALV_PROTOCOL if malformed, not canonical, or not an entry that can be;
 * DALV_UNSUPPORTED for a newer format.
 */
DALV_MUST_CHECK enum dalv_status cluster_node_decode(
    struct bytes bytes, struct cluster_node *out_node);

#endif
