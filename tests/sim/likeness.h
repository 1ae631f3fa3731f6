/*
 * Replicas that have applied the same are the same, byte for byte: now and then
 * one is summed up, and compared with what others came to at that place.
 */
#ifndef DALV_TESTS_SIM_LIKENESS_H
#define DALV_TESTS_SIM_LIKENESS_H

#include "model/log_position.h"
#include "tests/sim/size.h"

#include <stddef.h>
#include <stdint.h>

struct node_process;
struct world;

enum {
    LIKENESS_SUMS_MAX = 64, /* Of one partition, that are remembered. */
};

struct likeness_sum {
    struct log_position position; /* Up to here it is applied. */
    uint32_t crc;
    uint32_t node; /* Who came to it first. */
};

struct likeness {
    struct world *world;
    struct likeness_sum sums[WORLD_PARTITIONS][LIKENESS_SUMS_MAX];
    size_t counts[WORLD_PARTITIONS]; /* Of all that there ever were. */
    uint8_t *page;
};

void likeness_init(struct likeness *likeness, struct world *world);
void likeness_deinit(struct likeness *likeness);

/* Sum up the node's replica, if it has one that can be read, and compare. */
void likeness_judge(struct likeness *likeness, const struct node_process *node,
                    uint32_t partition);

#endif
