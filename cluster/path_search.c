#include "cluster/placement_internal.h"

/* Breadth first, from all nodes with a surplus at once. */
uint16_t path_search_run(struct path_search *search)
{
    uint16_t queue[CLUSTER_NODES_MAX];
    bool is_seen[CLUSTER_NODES_MAX] = {false};
    uint16_t node_count = search->planner->node_count;
    size_t first = 0;
    size_t end = 0;

    for (uint16_t i = 0; i < node_count; i++) {
        if (!search->is_surplus[i])
            continue;
        is_seen[i] = true;
        search->previous[i] = NOBODY;
        queue[end++] = i;
    }
    for (; first < end; first++) {
        bool tos[CLUSTER_NODES_MAX] = {false};

        search->step(search->planner, queue[first], tos);
        for (uint16_t to = 0; to < node_count; to++) {
            if (!tos[to] || is_seen[to])
                continue;
            is_seen[to] = true;
            search->previous[to] = queue[first];
            if (search->is_deficit[to])
                return to;
            queue[end++] = to;
        }
    }
    return NOBODY;
}
