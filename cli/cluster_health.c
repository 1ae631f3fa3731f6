#include "cli/cluster_health.h"

#include <string.h>

/* The copy is on the disk that its node has now, and the node stays. */
static bool is_good(const struct cluster_map *map, const struct member *member)
{
    const struct cluster_node *node = cluster_map_node(map, member->node);

    return node != NULL && node->state != CLUSTER_NODE_REMOVED &&
           store_id_equal(&node->store, &member->store);
}

static size_t good_copies(const struct cluster_map *map,
                          const struct member_set *members)
{
    size_t count = 0;

    for (size_t i = 0; i < members->count; i++)
        count += is_good(map, &members->items[i]) ? 1 : 0;
    return count;
}

enum partition_trouble cluster_health_of(const struct cluster_map *map,
                                         uint32_t partition)
{
    const struct partition_record *record = &map->records[partition];

    if (record->state != PARTITION_LED)
        return PARTITION_LEADERLESS;
    if (good_copies(map, &record->joint.members) < map->head.replica_count)
        return PARTITION_THIN;
    if (record->joint.old_members.count > 0 || record->learners.count > 0)
        return PARTITION_MOVING;
    return PARTITION_WELL;
}

static struct node_share *share_of(struct cluster_health *health, uint32_t id)
{
    const struct cluster_node *node = cluster_map_node(health->map, id);

    return node == NULL ? NULL : &health->shares[node - health->map->nodes];
}

static void count_passing(struct cluster_health *health,
                          const struct partition_record *record,
                          const struct member_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct node_share *share = share_of(health, set->items[i].node);

        if (share != NULL &&
            !member_set_has(&record->joint.members, &set->items[i]))
            share->joining++;
    }
}

static void count_record(struct cluster_health *health,
                         const struct partition_record *record)
{
    const struct member_set *members = &record->joint.members;
    struct node_share *leader = record->state == PARTITION_LED
                                    ? share_of(health, record->master.node)
                                    : NULL;

    for (size_t i = 0; i < members->count; i++) {
        struct node_share *share = share_of(health, members->items[i].node);

        if (share != NULL)
            share->copies++;
    }
    if (leader != NULL)
        leader->leads++;
    count_passing(health, record, &record->joint.old_members);
    count_passing(health, record, &record->learners);
}

void cluster_health_make(const struct cluster_map *map, bool is_founded,
                         struct cluster_health *out_health)
{
    memset(out_health, 0, sizeof(*out_health));
    out_health->map = map;
    out_health->is_founded = is_founded;
    if (!is_founded)
        return;
    for (uint32_t i = 0; i < map->head.partition_count; i++) {
        enum partition_trouble trouble = cluster_health_of(map, i);

        if (trouble != PARTITION_WELL)
            out_health->troubled[trouble]++;
        count_record(out_health, &map->records[i]);
    }
}

/* A node that just came may lead nothing yet, and so may one of many. */
bool cluster_health_is_idle(const struct cluster_health *health, size_t node)
{
    const struct node_share *share = &health->shares[node];

    return health->map->nodes[node].state == CLUSTER_NODE_ACTIVE &&
           share->copies >= 2 * health->map->head.replica_count &&
           share->leads == 0;
}

bool cluster_health_is_serving(const struct cluster_health *health)
{
    return health->is_founded && health->troubled[PARTITION_LEADERLESS] == 0;
}
