/*
 * Gives decided records their place in the log of a partition that this node
 * leads, as proposals.
 *
 * It knows, for each partition that is led, where its log will end once
 * everything that was proposed is durable: the next index and the CRC that the
 * next record chains to. Record times never go back within a partition.
 */
#ifndef DALV_NODE_APPENDER_H
#define DALV_NODE_APPENDER_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/status.h"
#include "model/log_position.h"
#include "node/proposal.h"
#include "node/turn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a partition's log stands when this node begins to lead it. */
struct appender_start {
    struct log_position end; /* Of its log. */
    uint64_t epoch;          /* In which this node is its master. */
    uint64_t time_us;        /* Of the newest record known. */
};

struct appender_place {
    struct appender_start at; /* As it is now; epoch 0: not led since ever. */
    bool is_led;
};

struct appender {
    struct allocator *allocator;
    struct appender_place *places; /* One a partition. */
    uint32_t partition_count;
    uint8_t *staging; /* Records of the proposal that is being made. */
    struct writer writer;
    uint8_t *payload; /* Room for one record's payload. */
    size_t record_count;
};

/* No partition is led. DALV_NO_MEMORY: nothing is held. */
DALV_MUST_CHECK enum dalv_status appender_init(struct appender *appender,
                                               struct allocator *allocator,
                                               uint32_t partition_count);
void appender_deinit(struct appender *appender);

/*
 * This node leads the partition. In the epoch in which it led it before, the
 * log goes on where it was left, with all that was proposed.
 */
void appender_lead(struct appender *appender, uint32_t partition,
                   const struct appender_start *start);
/* Not any more, or not for now. */
void appender_rest(struct appender *appender, uint32_t partition);
bool appender_leads(const struct appender *appender, uint32_t partition);

/* The time and the place that records judged now will have. */
uint64_t appender_time_us(const struct appender *appender, uint32_t partition,
                          uint64_t wall_us);
uint64_t appender_next_index(const struct appender *appender,
                             uint32_t partition);
uint64_t appender_epoch(const struct appender *appender, uint32_t partition);

/*
 * Take the turn's records, at least one, judged for that place and time, of a
 * partition that is led. They go to the end of `proposals`.
 */
void appender_put(struct appender *appender, struct turn *turn,
                  struct list *proposals);

#endif
