/*
 * How a storage node stands, with all its copies of partitions: asked as a
 * controller asks it, over a connection of client_open_node.
 */
#ifndef DALV_BENCH_STANDING_H
#define DALV_BENCH_STANDING_H

#include "bench/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct standing {
    size_t leading;
    size_t following; /* Close behind their master, whole. */
    size_t other; /* Being made, or behind; what it let go counts nowhere. */
    uint64_t durable; /* Entries: the sums of indexes. */
    uint64_t applied;
};

struct standing standing_ask(struct client *node);

/* True if it leads that partition. */
bool standing_leads(struct client *node, uint32_t partition);

#endif
