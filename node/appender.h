/*
 * Gives decided records their place in the log and gathers them into groups.
 *
 * It knows, for each partition, where its log will end once everything that
 * was gathered is durable: the next index and the CRC that the next record
 * chains to. Record times never go back within a partition.
 */
#ifndef DALV_NODE_APPENDER_H
#define DALV_NODE_APPENDER_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/list.h"
#include "base/status.h"
#include "model/log_position.h"
#include "node/log_group.h"
#include "node/turn.h"

#include <stddef.h>
#include <stdint.h>

/* Where a partition's log stands when the node starts. */
struct appender_start {
    struct log_position end; /* Of its log. */
    uint64_t epoch;          /* In which this node is its master. */
    uint64_t time_us;        /* Of the newest record known. */
};

struct appender {
    struct allocator *allocator;
    struct appender_start *partitions; /* As they are now. */
    uint32_t partition_count;
    uint8_t *staging; /* Records of the group that is being gathered. */
    struct writer writer;
    uint8_t *payload; /* Room for one record's payload. */
    size_t record_count;
    struct list turns; /* That end in the group being gathered. */
};

/* DALV_NO_MEMORY: nothing is held. */
DALV_MUST_CHECK enum dalv_status appender_init(
    struct appender *appender, struct allocator *allocator,
    const struct appender_start *starts, uint32_t partition_count);
void appender_deinit(struct appender *appender);

/* The time and the place that records judged now will have. */
uint64_t appender_time_us(const struct appender *appender, uint32_t partition,
                          uint64_t wall_us);
uint64_t appender_next_index(const struct appender *appender,
                             uint32_t partition);
uint64_t appender_epoch(const struct appender *appender, uint32_t partition);

/*
 * Take the turn's records, at least one, judged for that place and time.
 * Groups that are full go to `groups`.
 */
void appender_put(struct appender *appender, struct turn *turn,
                  struct list *groups);

/* What is gathered, if anything, becomes a group at the end of `groups`. */
void appender_flush(struct appender *appender, struct list *groups);

#endif
