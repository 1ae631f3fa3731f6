#include "client/dot_map.h"

#include <stdlib.h>

static size_t dot_count(const struct transaction *transaction)
{
    size_t count = 0;

    for (size_t i = 0; i < transaction->operation_count; i++)
        count += transaction->operations[i].dot_count;
    return count;
}

enum dalv_status dot_map_init(struct dot_map *map,
                              const struct transaction *transaction,
                              dot_mapper *mapper, const void *owner)
{
    struct dot *next;

    *map = (struct dot_map){.transaction = *transaction};
    map->operations =
        calloc(transaction->operation_count + 1, sizeof(*map->operations));
    map->dots = calloc(dot_count(transaction) + 1, sizeof(*map->dots));
    if (map->operations == NULL || map->dots == NULL) {
        dot_map_deinit(map);
        return DALV_NO_MEMORY;
    }
    next = map->dots;
    for (size_t i = 0; i < transaction->operation_count; i++) {
        struct operation *operation = &map->operations[i];

        *operation = transaction->operations[i];
        for (size_t j = 0; j < operation->dot_count; j++) {
            next[j] = mapper(owner, operation->dots[j]);
            map->is_changed |= !dot_equal(next[j], operation->dots[j]);
        }
        operation->dots = next;
        next += operation->dot_count;
    }
    map->transaction.operations = map->operations;
    return DALV_OK;
}

void dot_map_deinit(struct dot_map *map)
{
    free(map->operations);
    free(map->dots);
    *map = (struct dot_map){0};
}
