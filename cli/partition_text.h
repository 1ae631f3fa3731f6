/*
 * A partition's record on one line, for people and for grep:
 *
 *     partition 7 epoch 12.1 led by a members a,b,c
 */
#ifndef DALV_CLI_PARTITION_TEXT_H
#define DALV_CLI_PARTITION_TEXT_H

#include "cluster/cluster_map.h"

#include <stdio.h>

void partition_text_print(const struct cluster_map *map, uint32_t partition,
                          FILE *out);

#endif
