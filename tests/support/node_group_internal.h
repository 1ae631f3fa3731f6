/*
 * The group, for the files that it is made of. Private to tests/support.
 *
 *     node_group.c        the nodes, questions to them, the controller
 *     node_group_faults.c what befalls them
 */
#ifndef DALV_TESTS_SUPPORT_NODE_GROUP_INTERNAL_H
#define DALV_TESTS_SUPPORT_NODE_GROUP_INTERNAL_H

#include "base/arena.h"
#include "net/loop.h"
#include "node/shell.h"
#include "sync/policy.h"
#include "tests/support/fake_tokens.h"
#include "tests/support/folder.h"
#include "tests/support/node_group.h"

enum {
    NODE_GROUP_PATIENCE_MS = 10000,
    NODE_GROUP_TURN_MS = 10,
    NODE_GROUP_ARENA_BYTES = 1 << 20,
    NODE_GROUP_VALUE_BYTES = 256,
};

struct group_node {
    char path[64];
    struct node_shell *shell; /* NULL while it is away. */
    struct endpoint *ask;     /* To it. */
    uint64_t boot_id;
    bool is_attached;
    bool is_expelled;
};

struct node_group {
    struct loop *loop;
    struct folder folder;
    struct fake_tokens tokens;
    struct policy policy;
    struct token_claims claims;
    struct group_node nodes[NODE_GROUP_NODES];
    struct cluster_map map;
    void *map_memory;
    struct arena map_arena;
    uint64_t boots;
    uint64_t released[NODE_GROUP_PARTITIONS]; /* The epoch whose master said
                                                 that it is. */
    uint32_t request;
    uint64_t session;

    /* What the node that was asked answered. */
    bool has_answer;
    struct parcel *answer;
    struct message message; /* In the arena. */
    struct arena arena;
    uint8_t arena_block[NODE_GROUP_ARENA_BYTES];
    char value[NODE_GROUP_VALUE_BYTES];
};

/* Let the nodes work for a moment. */
void node_group_run(struct node_group *group);

#endif
