/*
 * What the disks hold: of each partition the log that each node has made
 * durable, entry by entry, as told by the node's log when it had synced.
 *
 * The positions of entries are kept for good. Their bytes are kept until they
 * are not wanted any more: whoever asks for them asks once they are committed.
 */
#ifndef DALV_TESTS_SIM_HELD_LOGS_H
#define DALV_TESTS_SIM_HELD_LOGS_H

#include "storage/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HELD_LOGS_NODES_MAX = 8, /* Nodes count from 1. */
    HELD_LOGS_PARTITIONS_MAX = 8,
};

struct held_log {
    struct log_position begin; /* What the first of its entries follows. */
    struct log_position *places;
    size_t count;
    size_t capacity;
};

/* The bytes of an entry that some copy has, or had. */
struct held_entry {
    struct held_entry *next; /* Of the same index. */
    enum record_type type;
    struct log_position position;
    size_t size;
    uint8_t bytes[];
};

struct held_entries {
    struct held_entry **items; /* By index. */
    size_t capacity;
};

struct held_logs {
    struct held_log items[HELD_LOGS_NODES_MAX][HELD_LOGS_PARTITIONS_MAX];
    struct held_entries entries[HELD_LOGS_PARTITIONS_MAX];
};

void held_logs_deinit(struct held_logs *logs);

/* Where a node's copy ends. */
struct log_position held_logs_end(const struct held_logs *logs, uint32_t node,
                                  uint32_t partition);
/* True if its copy has the entry, or begins behind it. */
bool held_logs_reach(const struct held_logs *logs, uint32_t node,
                     uint32_t partition, struct log_position position);
/* Its entry at an index; zeros if there is none. */
struct log_position held_logs_at(const struct held_logs *logs, uint32_t node,
                                 uint32_t partition, uint64_t index);

/*
 * Its copy goes on with an entry. NULL, or what is wrong: it does not follow,
 * or another one has the same place in the same epoch.
 */
const char *held_logs_put(struct held_logs *logs, uint32_t node,
                          const struct record *record);
/* Its copy ends at the index now. */
void held_logs_cut(struct held_logs *logs, uint32_t node, uint32_t partition,
                   uint64_t index);
/* It begins anew behind a position. */
void held_logs_begin(struct held_logs *logs, uint32_t node, uint32_t partition,
                     struct log_position position);

/* What the node held is kept as that of another number, in whose place it has
   nothing now. */
void held_logs_set_aside(struct held_logs *logs, uint32_t node, uint32_t aside);

/* An entry that some copy has, as a record; false if its bytes are not there
   any more. Borrowed. */
bool held_logs_find(const struct held_logs *logs, uint32_t partition,
                    struct log_position position, struct record *out_record);
/* The bytes of all entries at the index are not wanted any more. */
void held_logs_drop(struct held_logs *logs, uint32_t partition, uint64_t index);

#endif
