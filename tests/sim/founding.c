#include "tests/sim/founding.h"

#include "base/assert.h"
#include "control/cluster_init.h"
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    REPLICAS_FEW = 3,
    REPLICAS_MANY = 5,
};

struct cluster_node world_node(const struct world *world, uint32_t number)
{
    struct cluster_node node = {.id = number,
                                .state = CLUSTER_NODE_JOINING,
                                .weight = CLUSTER_WEIGHT_NORMAL};

    (void)world;
    (void)snprintf(node.name, sizeof(node.name), "node-%u", number);
    (void)snprintf(node.address, sizeof(node.address), "n%u:1", number);
    return node;
}

static uint32_t choose_replicas(struct world *world)
{
    return world->node_count >= REPLICAS_MANY && prng_chance(&world->prng, 1, 3)
               ? REPLICAS_MANY
               : REPLICAS_FEW;
}

void founding_begin(struct world *world)
{
    struct cluster_node nodes[WORLD_NODES_MAX];
    const struct cluster_init init = {
        .head = {.cluster_id = WORLD_CLUSTER_ID,
                 .partition_count = WORLD_PARTITIONS,
                 .replica_count = choose_replicas(world),
                 .feature_level = 1},
        .policy = cluster_policy_default(),
        .nodes = nodes,
        .node_count = world->node_count,
    };
    struct pool pool;
    enum dalv_status status;

    for (uint32_t i = 0; i < world->node_count; i++)
        nodes[i] = world_node(world, i + 1);
    world->memory_control = memory_control_create();
    world->control = memory_control_open(world->memory_control);
    pool_init(&pool);
    status = cluster_init(world->control, &init, &pool.allocator);
    ASSERT(status == DALV_OK);
    pool_clear(&pool);
}

void founding_end(struct world *world)
{
    if (world->memory_control == NULL)
        return;
    control_store_close(&world->control);
    memory_control_destroy(&world->memory_control);
}
