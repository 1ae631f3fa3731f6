/*
 * A node's copies of partitions, beside what replication/ keeps of them: what
 * waits to be committed, and how far the index was told to follow.
 *
 * Private to the shell.
 */
#ifndef DALV_NODE_REPLICAS_H
#define DALV_NODE_REPLICAS_H

#include "base/list.h"
#include "net/parcel.h"
#include "node/delivery.h"
#include "replication/replicator.h"

#include <stdbool.h>
#include <stdint.h>

struct replica_place {
    struct list proposals;  /* struct proposal, not committed, oldest first. */
    uint64_t ordered_index; /* Up to here the index was told to apply. */
    uint64_t time_us;       /* Of the newest entry that it applied. */
    struct log_position
        begun; /* The entry with which it last began an epoch. */
    struct log_position start; /* Of the log, as replication has heard of it. */
    bool is_refusal_told; /* The log did not take what it was last ordered. */
};

struct replicas {
    struct replicator *replicator;
    struct replicator_effects *effects;
    struct replica_place *places; /* One a partition. */
    struct list begun; /* struct proposal: epoch-start entries to propose. */
    struct proposal *proposing; /* While it is; NULL once it is taken. */
    struct parcel **hearing;    /* What is being heard, ... */
    struct delivery *delivery;  /* ... once an order reads from it. */
    bool is_purge_ordered;
    uint64_t purge_due_ms; /* Of what the index has dropped; UINT64_MAX: no. */
};

#endif
