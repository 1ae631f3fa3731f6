/*
 * What must hold, seen from outside: it knows what was acknowledged, committed
 * and read, and asks no machine for its opinion. The first broken promise is
 * kept and ends the run.
 */
#ifndef DALV_TESTS_PROPERTY_REPLICATION_JUDGE_H
#define DALV_TESTS_PROPERTY_REPLICATION_JUDGE_H

#include "cluster/partition_record.h"
#include "tests/property/replication/disk.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    JUDGE_ENTRIES_MAX = 20000,
    JUDGE_EPOCHS_MAX = 4000,
    JUDGE_KEEPERS = 64, /* Nodes, with any of eight disks that each has had. */
};

/* Of one partition. */
struct verdicts {
    /* By index: what was committed first, and what was acknowledged; the
       value + 1, since 0 is an epoch-start's. */
    uint64_t committed[JUDGE_ENTRIES_MAX];
    uint64_t committed_epoch[JUDGE_ENTRIES_MAX];
    bool is_acknowledged[JUDGE_ENTRIES_MAX];
    uint64_t acknowledged_index;       /* The greatest. */
    uint32_t master[JUDGE_EPOCHS_MAX]; /* Who acknowledged in an epoch. */
    /* By keeper and index: the CRC of what is on that disk for good. */
    uint32_t kept[JUDGE_KEEPERS][JUDGE_ENTRIES_MAX];
    /* The same, of a copy that is whole: only that is acknowledged. */
    uint32_t counted[JUDGE_KEEPERS][JUDGE_ENTRIES_MAX];
    struct partition_record records[JUDGE_EPOCHS_MAX]; /* Each one's newest. */
    uint64_t commit_index; /* Up to here all is known. */
    struct state state;    /* Of what is known, ... */
    uint64_t state_index;  /* ... up to here. */
};

struct judge {
    struct verdicts partitions[DISK_PARTITIONS];
    const char *broken; /* Which promise; NULL: none. */
    uint64_t acknowledged;
    uint64_t reads;
    uint64_t elections;
};

void judge_fail(struct judge *judge, const char *promise);
/* The control store has another record. */
void judge_record(struct judge *judge, uint32_t partition,
                  const struct partition_record *record);
/* An entry is durable there; `is_whole` is the copy that it is in. */
void judge_keep(struct judge *judge, uint32_t partition,
                const struct member *keeper, const struct entry *entry,
                bool is_whole);
/* Everything behind an index is gone. */
void judge_cut(struct judge *judge, uint32_t partition,
               const struct member *keeper, uint64_t index);
/* A node, which acts by that epoch, is to apply an entry. */
void judge_commit(struct judge *judge, uint32_t partition, uint64_t epoch,
                  const struct entry *entry);
/* The same entry, and whether that node's own log holds it. */
void judge_apply(struct judge *judge, uint32_t partition,
                 const struct member *keeper, const struct entry *entry);
/* A master answers the client of an entry. */
void judge_acknowledge(struct judge *judge, uint32_t partition, uint32_t node,
                       const struct entry *entry);
/* A node begins, or goes on, to lead an epoch with this log. */
void judge_lead(struct judge *judge, uint32_t partition, uint64_t epoch,
                const struct copy *copy);
/* A read that began when `acknowledged_index` was, and saw up to `index`. */
void judge_read(struct judge *judge, uint64_t acknowledged_index,
                uint64_t index);
/* A copy's state when all up to `index` is applied. */
void judge_state(struct judge *judge, uint32_t partition, uint64_t index,
                 const struct state *state);

#endif
