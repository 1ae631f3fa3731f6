/*
 * What a cluster has agreed on, as seen from outside: an entry is committed
 * when a node lets its index have it.
 *
 * It judges that what is committed is durable on a majority of the partition's
 * members, as its epoch names them, that no two nodes ever commit different
 * entries at one place, that no two masters write in one epoch, and that no
 * disk loses what it said to have. What is committed goes on to the witness,
 * in its order.
 */
#ifndef DALV_TESTS_SIM_AGREEMENT_H
#define DALV_TESTS_SIM_AGREEMENT_H

#include "cluster/member.h"
#include "node/index_orders.h"
#include "node/log_orders.h"
#include "tests/sim/held_logs.h"
#include "tests/support/memory_files.h"

#include <stddef.h>
#include <stdint.h>

struct world;

struct agreement_chain {
    struct log_position *places; /* Committed; by index, from 1. */
    size_t count;
    size_t capacity;
    struct joint_set joint; /* Of the epoch of the last one. */
};

struct agreement {
    struct world *world;
    struct held_logs logs;
    struct agreement_chain chains[HELD_LOGS_PARTITIONS_MAX];
    struct member lost; /* Whose disk is gone, if any is. */
    /* Up to here each node's entries were compared. */
    uint64_t compared[HELD_LOGS_NODES_MAX][HELD_LOGS_PARTITIONS_MAX];
};

void agreement_init(struct agreement *agreement, struct world *world);
void agreement_deinit(struct agreement *agreement);

/* Where the partition's committed entries end. */
struct log_position agreement_end(const struct agreement *agreement,
                                  uint32_t partition);

/* The node's log has carried it out, and synced. */
void agreement_take_logged(struct agreement *agreement, uint32_t node,
                           const struct log_order *order);
/* The node orders this from its index. */
void agreement_take_ordered(struct agreement *agreement, uint32_t node,
                            const struct index_order *order);
/* The node has started on this disk: nothing durable is missing. */
void agreement_take_log(struct agreement *agreement, uint32_t node,
                        struct memory_files *files);
/* Its disk is gone, the first of all: what it held counts as held before. */
void agreement_forget(struct agreement *agreement, const struct member *member);

#endif
