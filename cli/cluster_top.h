/*
 * `dalv cluster top`: what every process does just now, by what it counted at
 * two moments; and the partitions that are behind, or busiest.
 */
#ifndef DALV_CLI_CLUSTER_TOP_H
#define DALV_CLI_CLUSTER_TOP_H

#include "cli/process_round.h"
#include "control/map_reader.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    CLUSTER_TOP_PARTITIONS_MAX = 256,
};

/* Two rounds of the same processes; all of it is borrowed. */
struct cluster_top {
    const struct control_map *known;
    const struct process_round *before;
    const struct process_round *now;
    size_t partition_max; /* How many partitions are shown. */
};

void cluster_top_print(const struct cluster_top *top, FILE *out);
/* Owned by you. */
json_t *cluster_top_json(const struct cluster_top *top);

#endif
