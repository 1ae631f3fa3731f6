/*
 * A pair of nodes: the session in which one streams to the other all that they
 * share, and the one the other way round.
 *
 *     slave                                 master
 *     RESTING                               closed
 *        | follows it in some partition
 *        v          JOIN ---------------->
 *     JOINING                               open: a new number, nothing known
 *        |   <---------------- JOINED
 *        v
 *      OPEN         STREAM 1, 2, 3 ------>  counts them
 *        |   <------ STREAMED 1, 2, 3
 *        | silence, a gap, the connection's end
 *        +----> JOINING
 *
 * Invariants
 *
 * 1. A session number is given once by a boot of the master to a boot of the
 *    slave. What carries it was sent by these two.
 * 2. Messages count in each direction: one that comes again is dropped, a gap
 *    ends the session. So what a session says arrives whole and in order, or
 *    the session is over and everything is said anew in the next.
 * 3. The echo of a stamp leaves only when every partition whose promise changed
 *    before was told of: a master never counts a stamp for a partition that the
 *    slave has promised to another.
 */
#ifndef DALV_REPLICATION_PEER_H
#define DALV_REPLICATION_PEER_H

#include "cluster/member.h"
#include "replication/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* This node streams to the peer. Times are of our boot-time clock. */
struct uplink {
    bool is_open;
    uint64_t boot_id;      /* The slave's, ... */
    struct store_id store; /* ... and the disk that is in it now. */
    uint64_t session;
    uint64_t received; /* STREAMs taken. */
    uint64_t sent;     /* STREAMED sent. */
    uint64_t sent_us;
    uint64_t stamp_us;    /* The newest stamp that was sent, ... */
    uint64_t echo_us;     /* ... and that came back. */
    uint64_t slave_stamp; /* The newest of its stamps. */
    uint64_t credit;      /* Entry bytes that it takes in the session, ... */
    uint64_t sent_bytes;  /* ... and that it was sent. */
    uint64_t window;      /* The credit that it began with. */
    bool is_heard; /* The echo was young enough when it was last looked at, ...
                    */
    bool is_fresh; /* ... even for a lease. */
    struct queue telling; /* struct leader_slot: there is something to tell. */
    struct queue commits; /* struct leader_slot: it only lacks what was
                             committed lately, ... */
    uint64_t commits_us;  /* ... and hears of it by then, or with the next
                             entries of any partition. */
    struct queue starved; /* struct leader_slot: it waits for credit. */
    struct queue farewells; /* struct farewell. */
};

/* A partition that is led no more, which the slave was not told yet. */
struct farewell {
    struct queue_link link;
    uint32_t partition;
};

enum downlink_state {
    DOWNLINK_RESTING = 0,
    DOWNLINK_JOINING,
    DOWNLINK_OPEN,
};

/* The peer streams to this node. */
struct downlink {
    enum downlink_state state;
    uint64_t boot_id; /* The master's. */
    uint64_t session;
    uint64_t received; /* STREAMEDs taken. */
    uint64_t heard;    /* STREAMs that the master has taken. */
    uint64_t sent;     /* STREAMs sent. */
    uint64_t sent_us;  /* The last STREAM or JOIN; 0: none yet. */
    uint64_t heard_us;
    uint64_t stamp;      /* The newest of the master's stamps, ... */
    uint64_t stamped_us; /* ... when it was taken, in whichever session, ... */
    uint64_t echoed;     /* ... and the one that was echoed last. */
    uint64_t echo_us;    /* The newest of our stamps that came back. */
    uint64_t taken_bytes;
    uint64_t credit_told;
    size_t replica_count; /* Partitions that follow it. */
    struct queue asking;  /* struct replica: the master is to hear of it, ... */
    uint64_t later_us;    /* That, for what waits for it. */
    struct queue later;   /* ... but not at once. */
};

struct peer {
    uint32_t node;
    struct uplink up;
    struct downlink down;
};

void peer_init(struct peer *peer, uint32_t node);

/*
 * Room that a message to the slave needs for what waits to be told, with a few
 * runs of entries a partition: whoever has more is told the rest in the next.
 * (Room for the most parts that a message can have would cost more to clear
 * than all else that a message does.)
 */
size_t uplink_part_count(const struct uplink *up);

/* A session begins: nothing of an older one counts any more. */
void uplink_open(struct uplink *up, uint64_t session, uint64_t boot_id);
void uplink_close(struct uplink *up);
void downlink_open(struct downlink *down, uint64_t session, uint64_t boot_id,
                   uint64_t now_us);

enum session_order {
    SESSION_NEXT, /* It counts. */
    SESSION_PAST, /* It was taken before. */
    SESSION_GAP,  /* Something was lost: the session is over. */
};

/* What the number of a message says, counted if it is the next. */
enum session_order session_take(uint64_t *received, uint64_t number);

#endif
