/*
 * What nodes tell each other, and controllers and nodes: the structs that
 * model/message.h has in its union.
 *
 * Everything is about partitions, and a message lists many of them: a node is
 * sealed, started and heard as a whole, and a pair of nodes shares one stream.
 * A position is (epoch, index, CRC) of a partition's entry: model/log_position.
 */
#ifndef DALV_MODEL_PEER_MESSAGE_H
#define DALV_MODEL_PEER_MESSAGE_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/log_position.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Controller to node: I am here; what is new? */
struct message_heartbeat {
    struct bytes cluster_id;
    struct bytes controller;
    uint64_t incarnation; /* Of the newest map that the controller knows, ... */
    uint64_t version;     /* ... a hint to fetch it. */
    uint64_t report;      /* The newest report that it has of this boot; 0 asks
                             for all partitions. */
    uint64_t wall_us;
};

enum partition_role {
    PARTITION_IDLE = 0,      /* No record that it could act by. */
    PARTITION_FOLLOWING = 1, /* Takes the log from the master. */
    PARTITION_BEGINNING =
        2, /* Master; its epoch-start entry is not committed. */
    PARTITION_LEADING = 3,
    PARTITION_STALLED = 4, /* Master without a majority: it stood down. */
};

struct heartbeaten_part {
    uint32_t partition;
    enum partition_role role;
    uint64_t epoch;       /* Of the record that it acts by. */
    uint64_t change;      /* Within the epoch. */
    uint64_t promised;    /* Nothing of an older epoch is taken. */
    uint64_t outbid;      /* Master: a slave promised this newer epoch; 0. */
    uint64_t known_epoch; /* Of the newest member sets that its log names. */
    struct bytes known;   /* They themselves, as replication encodes them. */
    struct log_position end;
    uint64_t durable_index;
    uint64_t commit_index;
    uint64_t applied_index;
    bool is_uncertain; /* It cut a torn tail and has not caught up yet. */
    bool is_not_whole; /* Damaged, or being replaced by a snapshot: no vote. */
    bool
        is_caught_up; /* A learner, or slave: it holds all that is committed. */
};

struct message_heartbeaten {
    uint32_t node;
    struct bytes store; /* 16 bytes. */
    uint64_t boot_id;
    uint64_t boot_number;
    uint64_t incarnation; /* Of the map that it has. */
    uint64_t version;
    uint64_t report; /* Of this answer: grows within a boot. */
    uint64_t since;  /* That HEARTBEAT named: what changed behind it is here. */
    uint64_t wall_us;
    bool is_stalled;  /* Its log completed no sync for a second. */
    bool is_no_space; /* It takes nothing. */
    bool is_partial;  /* More has changed: ask again. */
    const struct heartbeaten_part *parts;
    size_t part_count;
};

/* Controller to node: promise these epochs. */
struct seal_part {
    uint32_t partition;
    uint64_t epoch;
    uint64_t released; /* The master of this epoch said in its SEALED that it
                          serves nothing more: its lease binds nobody; 0. */
};

struct message_seal {
    struct bytes cluster_id;
    const struct seal_part *parts;
    size_t part_count;
};

enum seal_verdict {
    SEAL_PROMISED = 0, /* Durably, with all that the log held before. */
    SEAL_LEASED = 1,   /* Not before `wait_ms`: a lease runs. */
    SEAL_OUTBID = 2,   /* A newer epoch is promised. */
    SEAL_UNABLE = 3,   /* Its copy is not whole, or being cut: no vote. */
};

struct sealed_part {
    uint32_t partition;
    enum seal_verdict verdict;
    uint64_t promised; /* What it has promised now. */
    struct log_position end;
    uint64_t released; /* It was master in this epoch, and serves nothing. */
    uint64_t known_epoch;
    bool is_uncertain;
    uint32_t wait_ms;
};

struct message_sealed {
    uint32_t node;
    struct bytes store; /* 16 bytes. */
    uint64_t boot_id;
    const struct sealed_part *parts;
    size_t part_count;
};

/* Controller to node: these are the records now. */
struct start_part {
    uint32_t partition;
    struct bytes record; /* cluster/partition_record. */
};

struct message_start {
    struct bytes cluster_id;
    const struct start_part *parts;
    size_t part_count;
};

struct started_part {
    uint32_t partition;
    uint64_t epoch; /* Of the record that the node has now. */
    uint64_t change;
};

struct message_started {
    uint32_t node;
    uint64_t boot_id;
    const struct started_part *parts;
    size_t part_count;
};

/* Slave to master: let us begin a session. */
struct message_join {
    struct bytes cluster_id;
    uint32_t node;
    uint32_t to; /* The node that is meant. */
    uint64_t boot_id;
    struct bytes store; /* 16 bytes. */
};

struct message_joined {
    uint32_t node;
    uint64_t boot_id;
    uint64_t slave_boot_id; /* Whom it answers. */
    uint64_t session;       /* Never given before in this boot. */
};

/* Where a slave's copy of one partition stands. */
struct stream_part {
    uint32_t partition;
    uint64_t epoch; /* That it has promised. */
    struct log_position end;
    uint64_t durable_index;
    bool is_not_whole; /* It acknowledges nothing. */
    bool is_asking;    /* Go on behind `end`, whatever was sent before. */
    bool is_sealing;   /* A newer epoch is wanted of it: from now on echoes do
                          not count for this partition. */
};

/* Slave to master, within a session: asks and acknowledges. */
struct message_stream {
    uint32_t node;
    uint64_t boot_id;
    uint64_t session;
    uint64_t number; /* 1, 2, 3, ... within the session. */
    uint64_t echo;   /* The newest stamp taken in this session; 0 for none. */
    uint64_t stamp;  /* Of the slave's own clock. */
    uint64_t credit; /* Entry bytes that may be sent, over the session. */
    const struct stream_part *parts;
    size_t part_count;
};

enum stream_verdict {
    STREAM_ENTRIES = 0,  /* What follows `before`, perhaps nothing. */
    STREAM_DIVERGED = 1, /* `before` is not in the master's log. */
    STREAM_FENCED = 2,   /* Nothing goes on here: ask, of this epoch. */
    STREAM_SNAPSHOT = 3, /* The log does not reach back to `before`. */
    STREAM_FAR = 4,      /* Ask by CATCH_UP until you are near. */
};

struct streamed_part {
    uint32_t partition;
    enum stream_verdict verdict;
    uint64_t epoch; /* The master's; FENCED: 0 if it leads none. */
    /* What the slave was last known to end with. */
    struct log_position before;
    /* ENTRIES: the last one below. DIVERGED: all that could be common: the last
       entry of the newest epoch that is not newer than the slave's. */
    struct log_position end;
    uint64_t commit_index;
    uint64_t master_index; /* The last entry of the master's log. */
    bool is_leased;        /* The echo counts for this partition. */
    uint32_t entry_bytes;  /* Of the second part of the message. */
};

/*
 * Master to slave, within a session. The entries are the second part of the
 * message, part behind part: records as they stand in the log, each part's of
 * one epoch.
 */
struct message_streamed {
    uint32_t node;
    uint64_t boot_id;
    uint64_t session;
    uint64_t number; /* 1, 2, 3, ... within the session. */
    uint64_t stamp;  /* Of the master's boot-time clock, in microseconds. */
    uint64_t echo;   /* The slave's newest stamp that commits are as new as. */
    const struct streamed_part *parts;
    size_t part_count;
    uint64_t received; /* The number of the last STREAM that was taken. */
};

/* Slave to master, on the socket for bulk: more of one partition, please. */
struct message_catch_up {
    struct bytes cluster_id;
    uint32_t node;
    uint64_t boot_id;
    uint32_t partition;
    uint64_t epoch; /* That it follows. */
    bool is_snapshot;
    struct log_position end;  /* Log: what it has. */
    struct log_position from; /* Snapshot: where its first page was read. */
    struct bytes resume;      /* Snapshot: from the page before. */
    uint32_t budget_bytes;
};

/* The second part of the message: records of one epoch, or an index's page. */
struct message_caught_up {
    uint32_t node;
    uint64_t boot_id;
    uint32_t partition;
    enum dalv_status status; /* DALV_REBASE: begin a snapshot, anew.
                                DALV_UNAVAILABLE: no master of this epoch. */
    uint64_t epoch;
    bool is_snapshot;
    struct log_position before; /* Log: the entries follow it, ... */
    struct log_position end; /* ... up to this. Snapshot: where it was read. */
    uint64_t commit_index;
    uint64_t master_index;
    struct bytes resume;
    bool is_whole; /* Snapshot: the last page. */
};

#endif
