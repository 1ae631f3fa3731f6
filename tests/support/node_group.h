/*
 * Three storage nodes of one cluster in this process: real shells with real
 * logs, LevelDB and sockets on loopback, all on one loop. The test itself is
 * router and controller: it asks one node at a time, and says who leads.
 */
#ifndef DALV_TESTS_SUPPORT_NODE_GROUP_H
#define DALV_TESTS_SUPPORT_NODE_GROUP_H

#include "base/status.h"
#include "model/message.h"
#include "node/shell.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    NODE_GROUP_NODES = 3,
    NODE_GROUP_PARTITIONS = 2,
};

struct node_group;

/* All are up, and nobody leads anything. */
struct node_group *node_group_open(void);
void node_group_close(struct node_group **group_p);

/* Node 1, 2 or 3 goes away in order, or comes back as another process. */
void node_group_stop(struct node_group *group, uint32_t node);
void node_group_start(struct node_group *group, uint32_t node);

/*
 * As a controller does: all that are up promise a new epoch of every
 * partition, and `master`, whose log must be the longest, leads it. Waits until
 * it leads. False if it does not come to that within some seconds.
 */
bool node_group_elect(struct node_group *group, uint32_t master);

/* From now on the node knows no router: who asks it shows it no key. */
void node_group_doubt(struct node_group *group, uint32_t node);
/* What the node says to a controller's HEARTBEAT, SEAL of epoch 1 or START with
   no record: OK, or the status with which it refuses it. */
enum dalv_status node_group_command(struct node_group *group, uint32_t node,
                                    enum message_type type);

/* From now on, with the next election, the node is a member of nothing. */
void node_group_expel(struct node_group *group, uint32_t node);
/* Wait until the node holds nothing of any partition. */
bool node_group_is_empty(struct node_group *group, uint32_t node);

/* What it holds of every partition counts: it acknowledges, and votes. */
bool node_group_counts(const struct node_group *group, uint32_t node);
/* Wait until it does. */
bool node_group_is_whole(struct node_group *group, uint32_t node);

/* The node finds that what was committed cannot be read there any more. */
void node_group_damage(struct node_group *group, uint32_t node);
/* Flip a bit of the first entries in the log of a node that is away. */
void node_group_rot(struct node_group *group, uint32_t node);

/* The node's log promises the epoch of all partitions, unknown to the node. */
void node_group_promise(struct node_group *group, uint32_t node,
                        uint64_t epoch);

/* Put `key` of `user` by that node. DALV_TIMEOUT without an answer. */
enum dalv_status node_group_put(struct node_group *group, uint32_t node,
                                const char *user, const char *key,
                                const char *value);
/* The beginning of the value that the node tells, or the status's text;
 * borrowed. */
const char *node_group_get(struct node_group *group, uint32_t node,
                           const char *user, const char *key);

/* Wait until the node has applied all that the master has committed. */
bool node_group_follows(struct node_group *group, uint32_t node,
                        uint32_t master);

#endif
