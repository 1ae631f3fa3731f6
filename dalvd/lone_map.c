#include "dalvd/lone_map.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/text.h"
#include "cluster/cluster_map.h"
#include "cluster/cluster_text.h"

#include <stdlib.h>

static void set_text(char *text, size_t capacity, const char *value)
{
    bool is_set = cluster_text_set(text, capacity, bytes_from_text(value));

    ASSERT(is_set);
}

/* It has one store and needs none to tell it from. */
static struct cluster_node node_of(const struct config *config)
{
    struct cluster_node node = {.id = (uint32_t)config->node.id,
                                .state = CLUSTER_NODE_ACTIVE,
                                .weight = CLUSTER_WEIGHT_NORMAL,
                                .store = {{1}},
                                .boot_number = 1};
    struct text address;

    set_text(node.name, sizeof(node.name), config->node.name);
    text_init(&address, node.address, sizeof(node.address));
    address_format(&config->listen.nodes, &address);
    return node;
}

static struct cluster_head head_of(const struct config *config)
{
    struct cluster_head head = {.version = {1, 1},
                                .partition_count =
                                    (uint32_t)config->cluster.partitions,
                                .replica_count = 1,
                                .feature_level = 1};

    set_text(head.cluster_id, sizeof(head.cluster_id), config->cluster.id);
    return head;
}

enum dalv_status lone_map_tell(const struct config *config, uint64_t boot_id,
                               struct router_shell *router)
{
    const struct cluster_head head = head_of(config);
    const struct cluster_node node = node_of(config);
    size_t bytes = cluster_map_memory(head.partition_count);
    void *block = malloc(bytes);
    struct cluster_map map;
    struct arena arena;
    enum dalv_status status;

    ASSERT(block != NULL);
    arena_init(&arena, block, bytes);
    status = cluster_map_init(&map, &head, &arena);
    ASSERT(status == DALV_OK);
    cluster_map_set_alone(&map, &node, boot_id);
    status = router_shell_set_map(router, &map);
    free(block);
    return status;
}
