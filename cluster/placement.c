#include "cluster/placement.h"

#include "base/assert.h"
#include "cluster/placement_internal.h"

#include <string.h>

enum {
    /* What an arena may lose to alignment. */
    ALIGNMENT_BYTES = 64
};

size_t placement_memory(uint32_t partition_count)
{
    return sizeof(struct planner) +
           partition_count *
               (sizeof(struct holders) + sizeof(struct candidate)) +
           ALIGNMENT_BYTES;
}

/* Our number of a node, NOBODY if it holds nothing from now on. */
static uint16_t number_of(const struct planner *planner, uint32_t node)
{
    for (uint16_t i = 0; i < planner->node_count; i++) {
        if (planner->nodes[i].node == node)
            return i;
    }
    return NOBODY;
}

static uint16_t zone_number(struct planner *planner, uint32_t zone)
{
    uint16_t number = 0;

    while (number < planner->zone_count && planner->zones[number].zone != zone)
        number++;
    if (number == planner->zone_count) {
        planner->zones[number] = (struct zone){.zone = zone};
        planner->zone_count++;
    }
    return number;
}

static void take_nodes(struct planner *planner,
                       const struct placement *placement)
{
    for (size_t i = 0; i < placement->node_count; i++) {
        const struct placement_node *from = &placement->nodes[i];
        struct planned_node *node = &planner->nodes[planner->node_count];

        ASSERT(i == 0 || placement->nodes[i - 1].node < from->node);
        if (from->weight == 0)
            continue;
        *node = (struct planned_node){.node = from->node,
                                      .weight = from->weight,
                                      .zone = zone_number(planner, from->zone)};
        planner->zones[node->zone].node_count++;
        planner->zones[node->zone].weight += from->weight;
        planner->node_count++;
    }
}

/* What is left of the old copies. */
static void take_old(struct planner *planner, const struct place *old)
{
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        struct holders *holders = &planner->partitions[p];

        holders->leader = NOBODY;
        for (size_t i = 0; old != NULL && i < old[p].count; i++) {
            uint16_t number = number_of(planner, old[p].nodes[i]);

            if (number == NOBODY || holders_has(holders, number))
                continue;
            holders_add(planner, p, number);
            if (i == 0 && old[p].is_led)
                holders->leader = number;
        }
    }
}

static void give_places(const struct planner *planner, struct place *out_places)
{
    for (uint32_t p = 0; p < planner->partition_count; p++) {
        const struct holders *holders = &planner->partitions[p];
        struct place *place = &out_places[p];

        *place = (struct place){.count = 1, .is_led = true};
        place->nodes[0] = planner->nodes[holders->leader].node;
        for (size_t i = 0; i < holders->count; i++) {
            if (holders->nodes[i] != holders->leader)
                place->nodes[place->count++] =
                    planner->nodes[holders->nodes[i]].node;
        }
    }
}

static enum dalv_status make(const struct placement *placement,
                             struct arena *arena, struct place *out_places)
{
    struct planner *planner = arena_take(arena, 1, sizeof(*planner));
    uint32_t count = placement->partition_count;

    if (planner == NULL)
        return DALV_NO_MEMORY;
    planner->partition_count = count;
    planner->partitions =
        arena_take(arena, count, sizeof(*planner->partitions));
    planner->candidates =
        arena_take(arena, count, sizeof(*planner->candidates));
    if (planner->partitions == NULL || planner->candidates == NULL)
        return DALV_NO_MEMORY;
    take_nodes(planner, placement);
    if (planner->node_count == 0)
        return DALV_UNAVAILABLE;
    planner->copy_count = placement->replica_count < planner->node_count
                              ? placement->replica_count
                              : planner->node_count;
    take_old(planner, placement->old);
    planner_place_copies(planner);
    planner_place_leaders(planner);
    give_places(planner, out_places);
    return DALV_OK;
}

enum dalv_status placement_make(const struct placement *placement,
                                struct arena *arena, struct place *out_places)
{
    size_t mark = arena_mark(arena);
    enum dalv_status status;

    ASSERT(placement->partition_count >= 1);
    ASSERT(placement->replica_count >= 1 &&
           placement->replica_count <= MEMBER_SET_MAX);
    ASSERT(placement->node_count <= CLUSTER_NODES_MAX);
    status = make(placement, arena, out_places);
    arena_rewind(arena, mark);
    return status;
}

/* The first node of the map in the same zone stands for it. */
static uint32_t zone_of(const struct cluster_map *map,
                        const struct cluster_node *node)
{
    const struct cluster_node *first = map->nodes;

    if (node->zone[0] == '\0')
        return node->id;
    while (strcmp(first->zone, node->zone) != 0)
        first++;
    return first->id;
}

size_t placement_nodes(const struct cluster_map *map,
                       struct placement_node *out_nodes)
{
    size_t count = 0;

    for (size_t i = 0; i < map->node_count; i++) {
        const struct cluster_node *node = &map->nodes[i];

        if (node->state == CLUSTER_NODE_REMOVED)
            continue;
        out_nodes[count++] = (struct placement_node){
            .node = node->id,
            .weight = node->state == CLUSTER_NODE_ACTIVE ? node->weight : 0,
            .zone = zone_of(map, node)};
    }
    return count;
}

struct place placement_place(const struct partition_record *record)
{
    const struct member_set *members = &record->joint.members;
    struct place place = {.count = 0};

    place.is_led = member_set_has(members, &record->master);
    if (place.is_led)
        place.nodes[place.count++] = record->master.node;
    for (size_t i = 0; i < members->count; i++) {
        if (!place.is_led || !member_equal(&members->items[i], &record->master))
            place.nodes[place.count++] = members->items[i].node;
    }
    return place;
}
