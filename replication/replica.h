/*
 * One node's copy of one partition: where its log stands, and what it promised.
 *
 *        start      applied   commit     durable      end
 *          |----------|---------|-----------|----------|
 *          entries the log holds                        what was ordered
 *
 * Invariants
 *
 * 1. applied <= commit <= durable <= end: what is applied is committed and
 *    durable here, so neither a crash nor a new master ever takes it back.
 * 2. `promised` never falls, and nothing is taken of a master of an older
 * epoch: not from the moment on at which the promise is ordered, since
 * everything that was ordered before it is durable when it is. (A master of a
 * newer one sends entries of older epochs as well.)
 * 3. Nothing at or below `applied` is ever cut.
 * 4. A copy that is not whole (damaged, or receiving a snapshot) acknowledges
 *    and leads nothing, and votes nothing; but while all that it once held is
 *    still there, a promise ends the snapshot, and the copy is what it was.
 * 5. A lost copy stays not whole over any crash: its log begins anew where it
 *    ended, above what the emptied index has applied.
 */
#ifndef DALV_REPLICATION_REPLICA_H
#define DALV_REPLICATION_REPLICA_H

#include "cluster/partition_record.h"
#include "model/log_position.h"
#include "model/peer_message.h"
#include "replication/catch_up.h"
#include "replication/epochs.h"
#include "replication/queue.h"

#include <stdbool.h>
#include <stdint.h>

struct leader;
struct peer;

struct replica {
    uint32_t partition;

    /* The log. */
    struct log_position start;
    struct log_position end;
    struct log_position durable;
    uint64_t commit_index;
    uint64_t told_index; /* Up to here the owner was told to apply. */
    uint64_t applied_index;
    uint64_t promised;
    uint64_t promised_durable;
    struct epochs epochs;
    struct queue in_flight; /* struct log_item with entries, oldest first. */

    /* What it is worth. */
    bool is_uncertain;
    bool is_not_whole;
    bool is_intact; /* Not whole only for pages that replaced nothing yet. */
    bool is_cutting;
    bool is_lost;     /* It is being dropped: nothing is taken or applied. */
    bool is_expelled; /* The same, and nothing is to take its place. */
    uint64_t certain_index; /* What makes it certain again; 0: not known yet. */

    /* What is agreed on. */
    struct partition_record record; /* Its epoch is 0 while there is none. */
    uint64_t released;              /* It was master in this epoch. */
    uint64_t known_epoch;           /* Of the member sets below. */
    uint64_t known_change;
    struct joint_set known;

    struct leader *leader;       /* While it leads. */
    struct peer *master;         /* While it follows. */
    uint64_t matched_index;      /* Known to be the master's log up to here. */
    uint64_t heard_commit_index; /* From the master, whatever is here of it. */
    uint64_t master_index;       /* The newest that was heard of. */
    bool is_asking;              /* The master is to go on from `end`. */
    uint64_t asked_number;       /* Of the STREAM that asked last. */
    bool is_leased;              /* The master's echo counts. */
    bool is_sealing; /* A newer epoch was wanted: no lease is given. */
    uint64_t sealing_stamped_us; /* The last stamp that was taken before. */
    bool is_caught_up;           /* It held all that the master had. */
    struct catch_up catch_up;    /* While it follows from afar. */
    bool is_received;       /* A snapshot's pages: it is adopted once ... */
    uint64_t reached_index; /* ... this is applied. */

    struct queue_link asking;    /* Its master is to hear of it. */
    struct queue_link attention; /* Its owner is. */
    struct queue_link catching;  /* Its catch-up has something to do. */
    struct queue_link report;    /* By when it last changed. */
    uint64_t report_number;
};

/* An empty copy. */
void replica_init(struct replica *replica, uint32_t partition);

/* Entries were ordered to the log: they follow the end. */
void replica_extend(struct replica *replica, struct log_position end);

/* The log's end was cut back, durably. */
void replica_cut(struct replica *replica, struct log_position end);

/* The log begins anew behind `start`, durably: what was before is gone. */
void replica_begin_anew(struct replica *replica, struct log_position start);

/* How far the owner may apply now. */
uint64_t replica_ready_index(const struct replica *replica);

/* True if its log holds all that it ever acknowledged. */
bool replica_can_vote(const struct replica *replica);

enum partition_role replica_role(const struct replica *replica);

/* What a controller hears of it. `known` has room for the member sets. */
struct heartbeaten_part replica_report(const struct replica *replica,
                                       struct writer *known);

#endif
