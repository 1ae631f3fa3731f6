/*
 * A transaction with its dots under other names: the same element is "self"
 * before the cluster settled it, and the device's afterwards.
 */
#ifndef DALV_CLIENT_DOT_MAP_H
#define DALV_CLIENT_DOT_MAP_H

#include "base/status.h"
#include "model/transaction.h"

#include <stdbool.h>

typedef struct dot dot_mapper(const void *owner, struct dot dot);

struct dot_map {
    struct transaction transaction; /* Borrows keys and values as before. */
    struct operation *operations;
    struct dot *dots;
    bool is_changed; /* A dot has another name now. */
};

/* DALV_NO_MEMORY: nothing to clear. */
DALV_MUST_CHECK enum dalv_status
dot_map_init(struct dot_map *map, const struct transaction *transaction,
             dot_mapper *mapper, const void *owner);
void dot_map_deinit(struct dot_map *map);

#endif
