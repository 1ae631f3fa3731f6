/*
 * One transaction over the parts of a map: some records, nodes and requests, or
 * its policy, and the head, whose version moves with every one of them.
 *
 * What is put in is decided on a map that was read; each part is swapped only
 * if it still has the revision that it had then. The map itself is changed when
 * the transaction went through, not before.
 */
#ifndef DALV_CONTROL_MAP_CHANGE_H
#define DALV_CONTROL_MAP_CHANGE_H

#include "base/allocator.h"
#include "base/status.h"
#include "cluster/cluster_map.h"
#include "control/control_question.h"
#include "control/map_reader.h"
#include "control/operator_request.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MAP_CHANGE_PAGES_MAX = 56,
    MAP_CHANGE_NODES_MAX = 3,
    MAP_CHANGE_REQUESTS_MAX = 4,
    MAP_CHANGE_RECORDS_MAX = MAP_CHANGE_PAGES_MAX * PARTITION_PAGE_RECORDS,
    /* With the head. */
    MAP_CHANGE_PARTS_MAX = MAP_CHANGE_PAGES_MAX + MAP_CHANGE_NODES_MAX +
                           MAP_CHANGE_REQUESTS_MAX + 1,
};

struct map_change_record {
    uint32_t partition;
    struct partition_record record;
};

struct map_change_request {
    struct operator_request request;
    uint64_t revision;
    bool is_removal;
};

struct map_change {
    struct allocator *allocator;
    struct map_change_record *records; /* Ascending by partition. */
    size_t record_count;
    size_t page_count;
    struct cluster_node nodes[MAP_CHANGE_NODES_MAX];
    size_t node_count;
    struct map_change_request requests[MAP_CHANGE_REQUESTS_MAX];
    size_t request_count;
    struct cluster_policy policy;
    bool has_policy;
    uint32_t replica_count; /* 0: as it is. */
    /* The transaction, once it is composed. */
    struct control_change parts[MAP_CHANGE_PARTS_MAX];
    struct control_key keys[MAP_CHANGE_PARTS_MAX];
    size_t part_count;
    uint8_t *values; /* CONTROL_TRANSACTION_BYTES_MAX. */
    size_t value_bytes;
    struct partition_record page[PARTITION_PAGE_RECORDS]; /* Being composed. */
};

DALV_MUST_CHECK enum dalv_status map_change_init(struct map_change *change,
                                                 struct allocator *allocator);
void map_change_deinit(struct map_change *change);
void map_change_clear(struct map_change *change);
bool map_change_is_empty(const struct map_change *change);

/*
 * Each puts one part in, and gives false if there is no room for it this time,
 * or if it is in it already. Records come in ascending order.
 */
bool map_change_put_record(struct map_change *change, uint32_t partition,
                           const struct partition_record *record);
bool map_change_put_node(struct map_change *change,
                         const struct cluster_node *node);
bool map_change_put_request(struct map_change *change,
                            const struct map_change_request *request);

/* What holds for all users, and how many copies are wanted; 0: as many. It is
   alone in its change. */
void map_change_set_policy(struct map_change *change,
                           const struct cluster_policy *policy,
                           uint32_t replica_count);

/* The transaction that does it all; it borrows from the change. */
DALV_MUST_CHECK enum dalv_status map_change_compose(
    struct map_change *change, const struct control_map *map,
    struct control_transaction *out_transaction);

/* It went through: now the map is so. A node that was not in it is too. */
void map_change_apply(const struct map_change *change, struct control_map *map,
                      uint64_t revision);

#endif
