#include "cli/map_place.h"

#include "base/decimal.h"

enum {
    DETAIL_BYTES = 256,
};

int map_place_node(const struct cluster_access *access, const char *text,
                   const struct cluster_node **out_node)
{
    const struct cluster_map *map = &access->map->map;
    struct bytes name = bytes_from_text(text);
    const struct cluster_node *node = cluster_map_node_named(map, name);
    char detail[DETAIL_BYTES];
    uint64_t id = 0;

    if (node == NULL && decimal_read(name, UINT32_MAX, &id))
        node = cluster_map_node(map, (uint32_t)id);
    if (node != NULL) {
        *out_node = node;
        return EXIT_DONE;
    }
    (void)snprintf(detail, sizeof(detail),
                   "the cluster has no node \"%s\"; 'dalv node list' shows "
                   "them",
                   text);
    return invocation_fail(access->invocation, DALV_NOT_FOUND, detail);
}

int map_place_partition(const struct cluster_access *access, const char *text,
                        uint32_t *out_partition)
{
    uint32_t count = access->map->map.head.partition_count;
    uint64_t number = 0;

    if (!decimal_read(bytes_from_text(text), UINT32_MAX, &number))
        return invocation_usage(access->invocation,
                                "a partition is a number, not \"%s\"", text);
    if (number < count && access->map->is_founded) {
        *out_partition = (uint32_t)number;
        return EXIT_DONE;
    }
    return invocation_fail(access->invocation, DALV_NOT_FOUND,
                           access->map->is_founded
                               ? "the cluster has no such partition"
                               : "the cluster has no partitions yet: its nodes "
                                 "have not started");
}
