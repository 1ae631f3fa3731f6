/*
 * The cluster map: everything that is agreed on, as of one version.
 *
 * It is kept in the control store in parts (a head, the policy, one entry a
 * node, pages of partition records) and travels whole to those who route by it.
 * Two copies are ordered by (incarnation, version); within a map that one
 * holds, a partition's record is replaced by any newer one that one hears of.
 * A version that a router tells is a hint to fetch, never a map.
 */
#ifndef DALV_CLUSTER_CLUSTER_MAP_H
#define DALV_CLUSTER_CLUSTER_MAP_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "cluster/cluster_node.h"
#include "cluster/cluster_policy.h"
#include "cluster/partition_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CLUSTER_NODES_MAX = 256, /* With those that were removed. */
    CLUSTER_HEAD_BYTES_MAX =
        1 + 10 + 10 + 1 + CLUSTER_NAME_BYTES_MAX + 5 + 1 + 5
};

/* Which map is newer. */
struct cluster_version {
    uint64_t incarnation; /* Of the control store: grows with each recovery. */
    uint64_t version;     /* Grows with each change of anything below. */
};

struct cluster_head {
    struct cluster_version version;
    char cluster_id[CLUSTER_NAME_BYTES_MAX + 1];
    uint32_t partition_count; /* A power of two, for good. */
    uint32_t replica_count;   /* Wanted: 1 .. MEMBER_SET_MAX. */
    uint32_t feature_level;   /* What all nodes are allowed to write. */
};

struct cluster_map {
    struct cluster_head head;
    struct cluster_policy *policy;
    struct cluster_node *nodes; /* Ascending by id; CLUSTER_NODES_MAX fit. */
    size_t node_count;
    struct partition_record *records; /* head.partition_count. */
};

/* < 0, 0, > 0. */
int cluster_version_compare(struct cluster_version a, struct cluster_version b);

/* DALV_INVALID unless the head can be. */
DALV_MUST_CHECK enum dalv_status cluster_head_check(
    const struct cluster_head *head);

DALV_MUST_CHECK enum dalv_status cluster_head_encode(
    const struct cluster_head *head, struct writer *writer);
/* As cluster_node_decode. */
DALV_MUST_CHECK enum dalv_status cluster_head_decode(
    struct bytes bytes, struct cluster_head *out_head);

/* What an arena needs for a map of so many partitions. */
size_t cluster_map_memory(uint32_t partition_count);

/* The most bytes that such a map takes when it travels. */
size_t cluster_map_bytes_max(uint32_t partition_count, size_t node_count);

/*
 * A map without nodes, with a policy and records that are all zeros: the caller
 * fills them.
 * The head must be one that can be. DALV_NO_MEMORY if the arena is too small.
 */
DALV_MUST_CHECK enum dalv_status cluster_map_init(
    struct cluster_map *map, const struct cluster_head *head,
    struct arena *arena);

/*
 * Make it the map of one process that leads everything: the only node, which
 * has started, in that boot.
 */
void cluster_map_set_alone(struct cluster_map *map,
                           const struct cluster_node *node, uint64_t boot_id);

/*
 * The bytes of a whole map. DALV_TOO_BIG if they do not fit, DALV_INVALID if a
 * part of it cannot be.
 */
DALV_MUST_CHECK enum dalv_status cluster_map_encode(
    const struct cluster_map *map, struct writer *writer);

/*
 * All of it is taken from the arena; nothing is borrowed from `bytes`.
 * DALV_PROTOCOL if malformed or not canonical, DALV_UNSUPPORTED for a newer
 * format, DALV_NO_MEMORY if the arena is too small.
 */
DALV_MUST_CHECK enum dalv_status cluster_map_decode(
    struct bytes bytes, struct arena *arena, struct cluster_map *out_map);

/* Put an entry in its place, over one with the same id. DALV_TOO_BIG if there
   are CLUSTER_NODES_MAX others; as cluster_node_check. */
DALV_MUST_CHECK enum dalv_status cluster_map_put_node(
    struct cluster_map *map, const struct cluster_node *node);

/* NULL if the cluster has none with this id, or name. */
const struct cluster_node *cluster_map_node(const struct cluster_map *map,
                                            uint32_t id);
const struct cluster_node *cluster_map_node_named(const struct cluster_map *map,
                                                  struct bytes name);

/* True if it is newer than what the map has: then it has it now. */
bool cluster_map_learn(struct cluster_map *map, uint32_t partition,
                       const struct partition_record *record);

/* How many pages of records there are, and how many records one holds. */
size_t cluster_map_page_count(uint32_t partition_count);
size_t cluster_map_page_size(uint32_t partition_count, size_t page);

#endif
