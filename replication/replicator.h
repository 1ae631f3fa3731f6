/*
 * One node's replication, over all partitions, as a pure machine.
 *
 * It stands between what decides and the log: a master's records are appended
 * and streamed, and are committed once a majority holds them; a slave's are
 * appended, acknowledged when durable, applied when committed. With one member
 * there is nobody to wait for: durable is committed.
 *
 *     node core        replicator               log worker        peers
 *         | PROPOSED ---> |                          |              |
 *         |               | APPEND ----------------> |              |
 *         |               | SEND: STREAMED ----------------------> |
 *         |               | <---------------- LOGGED |              |
 *         |               | <------------------------ PEER_SENT: STREAM
 *         | <----- COMMIT |                          |              |
 *         | APPLIED ----> |                          |              |
 *
 * Invariants, beside those of replication/replica.h, leader.h, peer.h, lease.h
 *
 * 1. The owner carries out APPEND, PROMISE, MEMBERS, CUT and MARK in the order
 *    in which they come, each with a ticket that grows; LOGGED names a ticket
 *    only when it and all before it are durable. A promise is therefore told
 *    after everything that was taken before it is durable.
 * 2. A process that starts leads nothing, whatever a record says: it leads what
 *    a record says of its own boot id.
 * 3. What goes to peers leaves at ROUND_ENDED: one message a peer for whatever
 *    number of partitions, and nothing for those that did not change.
 * 4. Everything that comes from peers is checked; nothing of it is asserted.
 */
#ifndef DALV_REPLICATION_REPLICATOR_H
#define DALV_REPLICATION_REPLICATOR_H

#include "base/allocator.h"
#include "base/arena.h"
#include "base/bytes.h"
#include "cluster/member.h"
#include "cluster/partition_record.h"
#include "model/log_position.h"
#include "model/message.h"
#include "replication/entry_run.h"
#include "replication/epochs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    REPLICATOR_NODES_MAX = 256,
    REPLICATOR_EFFECTS_MAX = 2560,
    REPLICATOR_PIECES_MAX = 512,
    /* What a round may leave unsaid for the next one to say. */
    REPLICATOR_ARENA_BYTES = 1 << 20,
};

struct replicator;

struct replicator_options {
    struct member self;
    uint64_t boot_id;        /* Random at each start, not 0. */
    struct bytes cluster_id; /* Borrowed for the replicator's life. */
    uint32_t partition_count;
    uint64_t now_us; /* Of the boot-time clock, as in all events. */
    uint64_t lease_us;
    uint64_t beat_us;      /* At most so long a session is silent. */
    uint64_t silence_us;   /* A session that is silent so long is over, and a
                              master that hears no majority stands down. */
    uint64_t credit_bytes; /* That a master may have under way to us. */
    bool is_uncertain;     /* The log cut a torn last batch. */
    struct allocator *allocator;
};

/* How a partition's copy was found when the node started. */
struct replicator_start {
    struct log_position start; /* See replication/replica.h. */
    struct log_position end;
    uint64_t applied_index;
    uint64_t promised;
    const struct epochs_item *epochs; /* Oldest first. */
    size_t epoch_count;
    struct bytes members; /* Of its last EPOCH_START or MEMBERS; or empty. */
    bool is_not_whole; /* Lost entries, damaged, or an unfinished snapshot. */
    bool is_doubtful;  /* What was behind the end may have been lost. */
};

enum replicator_event_type {
    REPLICATOR_CONTROLLER_SENT, /* SEAL or START: `peer`, `message`. */
    REPLICATOR_RECORD_LEARNT,   /* `partition`, `record`: from the map. */
    REPLICATOR_PEER_SENT,       /* `node`, `message`, `content`. */
    REPLICATOR_PEER_REACHED,    /* `node`: there is a connection to it, of the
                                   stream or `is_bulk`. */
    REPLICATOR_PEER_LOST,       /* `node`: its connection ended. */
    REPLICATOR_PROPOSED,        /* `run`: decided here, borrowed until LOGGED;
                                   the epoch-start entry after BEGIN. */
    REPLICATOR_LOGGED,          /* All up to `ticket` is durable. */
    REPLICATOR_CUT_DONE,        /* `partition`, `position`: the end now. */
    REPLICATOR_REFUSED,         /* `ticket`, or 0 for the `partition`'s CUT:
                                   the log is as it was without it, and goes
                                   on. All before it is durable. `position`,
                                   `promised`: the log's, of `partition`. */
    REPLICATOR_RELEASED,        /* `partition`, `position`: old segments went,
                                   the log holds what is behind it. */
    REPLICATOR_LOG_READ,        /* `reading`: `status`, `run`. */
    REPLICATOR_PAGE_READ,       /* `reading`: `status`, `position`, `content`,
                                   `resume`, `is_whole`. */
    REPLICATOR_PAGE_STORED,     /* `partition`. */
    REPLICATOR_PAGES_FAILED,    /* `partition`: a page was not as it should be,
                                   or the snapshot cannot be adopted. */
    REPLICATOR_COPY_DAMAGED,    /* `partition`: what was committed cannot be
                                   read here any more. */
    REPLICATOR_DROPPED,         /* `partition`: after DAMAGED or EXPEL. */
    REPLICATOR_ADOPTED,         /* `partition`: the snapshot is the index. */
    REPLICATOR_APPLIED,         /* `partition`, `index`. */
    REPLICATOR_TICKED,          /* Time passed. */
    REPLICATOR_ROUND_ENDED,     /* Say what there is to say. */
};

/* Something that is read for a peer; repeated by the event that brings it. */
struct replicator_reading {
    uint32_t partition;
    uint32_t node;    /* For whom. */
    uint32_t request; /* CATCH_UP: of the question; 0: for the stream. */
    uint32_t number;
    uint64_t epoch;
};

struct replicator_event {
    enum replicator_event_type type;
    uint64_t now_us;
    uint64_t peer; /* Of the owner's: whom to reply to. */
    uint32_t node;
    uint32_t partition;
    uint64_t index;
    uint64_t promised;
    uint64_t ticket;
    const struct message *message;
    struct bytes content; /* Second part of a message; a page. */
    const struct partition_record *record;
    struct entry_run run;
    struct log_position position;
    struct replicator_reading reading;
    /* LOG_READ: DALV_NOT_FOUND if the log begins later. */
    enum dalv_status status;
    struct bytes resume;
    bool is_whole;
    bool is_bulk;
};

enum replicator_effect_type {
    /* To the log, in their order; all but CUT are named by their ticket. */
    REPLICATOR_APPEND,  /* `run`. */
    REPLICATOR_PROMISE, /* `partition`, `epoch`. */
    REPLICATOR_MEMBERS, /* `partition`, `content`: replication/epoch_start. */
    REPLICATOR_CUT,     /* `partition`, `epoch` of the master, `index` kept: put
                           what is behind it into quarantine and TRUNCATE, both
                           synced; then CUT_DONE. */
    REPLICATOR_MARK,    /* `partition`, `position`: the log starts anew. */
    REPLICATOR_FORGET,  /* `partition`: the log stands at zero again. */

    REPLICATOR_READ_LOG,  /* `reading`: durable entries of one epoch behind
                             `position`, up to `bytes_max`, at least one; `run`
                             begins with the entry at that index as it is. */
    REPLICATOR_READ_PAGE, /* `reading`: the index from `resume` on, up to
                             `bytes_max`, and where it is applied to. */
    /* A copy that receives a snapshot. */
    REPLICATOR_BEGIN_PAGES, /* `partition`: a new generation; one that was not
                               adopted goes. */
    REPLICATOR_STORE_PAGE,  /* `partition`, `content`; then PAGE_STORED. */
    REPLICATOR_ADOPT,       /* `partition`: the generation becomes the index;
                               then ADOPTED. */

    REPLICATOR_SEND,  /* To `node`, on its stream or `is_bulk` connection:
                         `message` and, as its second part, `pieces`. */
    REPLICATOR_REPLY, /* To `peer`: `message`. */

    REPLICATOR_BEGIN,  /* `partition`, `epoch`, `content`: propose the
                          epoch-start entry behind `position`. */
    REPLICATOR_LEAD,   /* `partition`, `epoch`: evaluate and read. */
    REPLICATOR_STALL,  /* `partition`: answer nothing before LEAD. */
    REPLICATOR_DEPOSE, /* `partition`: what is not committed is unknown. */
    REPLICATOR_COMMIT, /* `partition`: all up to `index` is. */
    /* The index drops the partition, which is empty then, durably; then
       DROPPED. */
    REPLICATOR_DAMAGED, /* `partition`: a snapshot takes its place. */
    REPLICATOR_EXPEL,   /* `partition`: not a member any more. */
    REPLICATOR_CERTAIN, /* The log is certain again: commit_log_set_certain. */
};

/* All that it points at is borrowed until the effects are cleared. */
struct replicator_effect {
    enum replicator_effect_type type;
    uint64_t ticket;
    uint32_t node;
    uint32_t partition;
    uint64_t peer;
    uint64_t epoch;
    uint64_t index;
    struct entry_run run;
    struct log_position position;
    struct replicator_reading reading;
    uint32_t bytes_max;
    struct bytes content;
    struct bytes resume;
    bool is_bulk;
    struct message message;
    const struct bytes *pieces;
    size_t piece_count;
};

/* Heap memory: it is large. */
struct replicator_effects {
    struct replicator_effect items[REPLICATOR_EFFECTS_MAX];
    size_t count;
    struct arena arena;
    uint8_t memory[REPLICATOR_ARENA_BYTES];
    bool is_more; /* After ROUND_ENDED: say it again when these are done. */
};

/* NULL without memory. */
struct replicator *replicator_create(const struct replicator_options *options);
void replicator_destroy(struct replicator **replicator_p);

/*
 * Before the first event, for each partition that the log knows.
 * DALV_NO_MEMORY, or DALV_DAMAGED if its member sets are none.
 */
DALV_MUST_CHECK enum dalv_status replicator_add(
    struct replicator *replicator, uint32_t partition,
    const struct replicator_start *start);

/* Advance by one event; effects are added behind what `effects` holds. */
void replicator_step(struct replicator *replicator,
                     const struct replicator_event *event,
                     struct replicator_effects *effects);

void replicator_effects_clear(struct replicator_effects *effects);

/* When a TICKED is due. */
uint64_t replicator_next_us(const struct replicator *replicator);

/*
 * True if this node is the partition's master and may answer a read that came
 * before `now_us` was read, once the commit index of now is applied.
 */
bool replicator_may_read(const struct replicator *replicator,
                         uint32_t partition, uint64_t now_us);

/*
 * How old a read here may be at most, once the commit index of now is applied:
 * 0 at the master, UINT64_MAX if nothing is known.
 */
uint64_t replicator_staleness_us(const struct replicator *replicator,
                                 uint32_t partition, uint64_t now_us);

/* The record that the node acts by, the newest; NULL if it has none. */
const struct partition_record *replicator_record(
    const struct replicator *replicator, uint32_t partition);

/* True if there is anything of the partition here, wanted or not. */
bool replicator_has_copy(const struct replicator *replicator,
                         uint32_t partition);

uint64_t replicator_commit_index(const struct replicator *replicator,
                                 uint32_t partition);

/*
 * Entries behind it may still be asked for: see retention. Of a partition that
 * is led here it is where the last of its slaves stands; of another nobody here
 * knows, and this copy may lead next: 0. UINT64_MAX if none is held.
 */
uint64_t replicator_wanted_index(const struct replicator *replicator,
                                 uint32_t partition);

/* What a controller hears; see message_heartbeaten. */
struct replicator_report {
    struct heartbeaten_part *parts; /* Room for `part_max`. */
    size_t part_max;
    struct writer *known; /* Room for the member sets that parts borrow. */
    size_t part_count;
    uint64_t number; /* To ask from the next time. */
};

/*
 * What has changed since the report of that number (0: everything), the oldest
 * change first. As many parts as there is room for: ask again.
 */
void replicator_fill_report(const struct replicator *replicator, uint64_t since,
                            struct replicator_report *report);

#endif
