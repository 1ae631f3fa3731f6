#include "router/routes.h"

#include "base/assert.h"
#include "cluster/ring.h"

void routes_init(struct routes *routes, struct allocator *allocator)
{
    *routes = (struct routes){.allocator = allocator};
}

void routes_deinit(struct routes *routes)
{
    allocator_give(routes->allocator, routes->items,
                   routes->partition_count * sizeof(*routes->items));
    routes->items = NULL;
    routes->partition_count = 0;
}

static bool has_room(struct routes *routes, uint32_t partition_count)
{
    if (routes->partition_count != 0)
        return routes->partition_count == partition_count;
    routes->items = allocator_take_zeroed(
        routes->allocator, partition_count * sizeof(*routes->items));
    if (routes->items == NULL)
        return false;
    routes->partition_count = partition_count;
    return true;
}

static bool is_old(const struct route *route,
                   const struct partition_record *record)
{
    return record->epoch < route->epoch ||
           (record->epoch == route->epoch && record->change < route->change);
}

bool routes_would_move(const struct routes *routes, uint32_t partition,
                       const struct partition_record *record)
{
    const struct route *route = &routes->items[partition];

    return !is_old(route, record) && record->master.node != 0 &&
           record->master.node != route->node;
}

static void learn_slaves(struct route *route, const struct member_set *members)
{
    route->slave_count = 0;
    for (size_t i = 0;
         i < members->count && route->slave_count < ROUTE_SLAVES_MAX; i++) {
        if (members->items[i].node != route->node)
            route->slaves[route->slave_count++] = members->items[i].node;
    }
}

/* A record that names nobody leaves whoever led before. */
static void learn_record(struct route *route,
                         const struct partition_record *record)
{
    if (is_old(route, record))
        return;
    route->epoch = record->epoch;
    route->change = record->change;
    route->is_opening = record->state == PARTITION_OPENING;
    if (record->master.node != 0)
        route->node = record->master.node;
    learn_slaves(route, &record->joint.members);
}

bool routes_learn(struct routes *routes, const struct cluster_map *map)
{
    if (!has_room(routes, map->head.partition_count))
        return false;
    for (uint32_t p = 0; p < routes->partition_count; p++)
        learn_record(&routes->items[p], &map->records[p]);
    if (cluster_version_compare(map->head.version, routes->version) > 0)
        routes->version = map->head.version;
    return true;
}

bool routes_learn_hint(struct routes *routes, uint32_t partition,
                       uint64_t epoch, uint32_t node)
{
    struct route *route;

    if (partition >= routes->partition_count)
        return false;
    route = &routes->items[partition];
    if (node == 0 || node == route->node || epoch < route->epoch ||
        (epoch == route->epoch && !route->is_opening))
        return false;
    if (epoch > route->epoch)
        route->change = 0;
    route->epoch = epoch;
    route->is_opening = false;
    route->node = node;
    return true;
}

uint32_t routes_partition(const struct routes *routes, struct bytes user)
{
    ASSERT(routes->partition_count != 0);
    return ring_partition(user, routes->partition_count);
}
