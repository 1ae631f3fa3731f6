#include "cli/rebalance_plan.h"

#include <stdlib.h>
#include <string.h>

static enum dalv_status make_places(const struct cluster_map *map,
                                    struct rebalance_plan *plan)
{
    struct placement_node nodes[CLUSTER_NODES_MAX];
    const struct placement placement = {
        .nodes = nodes,
        .node_count = placement_nodes(map, nodes),
        .partition_count = plan->partition_count,
        .replica_count = map->head.replica_count,
        .old = plan->old_places,
    };
    size_t size = placement_memory(plan->partition_count);
    void *memory = malloc(size);
    struct arena arena;
    enum dalv_status status = DALV_NO_MEMORY;

    if (memory != NULL) {
        arena_init(&arena, memory, size);
        status = placement_make(&placement, &arena, plan->new_places);
    }
    free(memory);
    return status;
}

enum dalv_status rebalance_plan_make(const struct cluster_map *map,
                                     struct rebalance_plan *out_plan)
{
    uint32_t count = map->head.partition_count;

    *out_plan = (struct rebalance_plan){
        .old_places = calloc(count, sizeof(struct place)),
        .new_places = calloc(count, sizeof(struct place)),
        .partition_count = count,
    };
    if (out_plan->old_places == NULL || out_plan->new_places == NULL)
        return DALV_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        out_plan->old_places[i] = placement_place(&map->records[i]);
    return make_places(map, out_plan);
}

void rebalance_plan_release(struct rebalance_plan *plan)
{
    free(plan->old_places);
    free(plan->new_places);
    memset(plan, 0, sizeof(*plan));
}
