/*
 * One partition as its master: who has which entries, and what is committed.
 *
 *                  epoch-start entry is       committed, and all up
 *     (record LED) ordered                    to it applied
 *     BEGINNING -----------> BEGINNING -------------------> LEADING <--+
 *         |                      |                             |       | heard
 *         |                      |                     no      v       | again
 *         |                      |                  majority STALLED --+
 *         +----------------------+-----------------------------+
 *                                | promised more, or a newer record
 *                                v
 *                            (follows)
 *
 * Invariants
 *
 * 1. An entry is committed when a majority of each set of members, and the
 *    master itself, hold it durably in the master's epoch. Entries of older
 *    epochs are committed only together with the epoch-start entry or a later
 *    one.
 * 2. A member's entries count once its log ends in the master's epoch: then it
 *    is a prefix of the master's log, and the epoch is promised. Another disk
 *    in a member's node streams like the member and counts for nothing.
 * 3. Nothing is evaluated or read before the epoch-start entry is committed and
 *    applied.
 * 4. Whoever promised a newer epoch counts no more, neither for commits nor for
 *    the lease; the master goes on with the others.
 */
#ifndef DALV_REPLICATION_LEADER_H
#define DALV_REPLICATION_LEADER_H

#include "cluster/partition_record.h"
#include "model/log_position.h"
#include "model/peer_message.h"
#include "replication/queue.h"
#include "replication/replica.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer;

enum {
    LEADER_SLOTS_MAX = 3 * MEMBER_SET_MAX,
};

enum slot_state {
    SLOT_SILENT = 0, /* Not heard of in this session. */
    SLOT_CHECKING,   /* The entry that it ends with is being read. */
    SLOT_STREAMING,  /* It holds our log up to `next`, sent or taken. */
    SLOT_REFUSED,    /* It was told why not; it must ask again. */
};

/* What the master knows of one receiver of the log. */
struct leader_slot {
    struct member member;
    struct peer *peer;
    struct replica *replica;
    struct queue_link telling; /* It is to hear of something. */
    enum slot_state state;
    enum stream_verdict refusal; /* REFUSED: why, ... */
    bool is_refusal_told;        /* ... once. */
    bool is_joined; /* Its promise is the master's epoch: stamps count. */
    bool is_reading;
    uint32_t reading_number;  /* Of the reading that is wanted. */
    size_t reading_bytes;     /* Credit that the next reading waits for. */
    struct log_position next; /* Its log goes on behind this. */
    struct log_position
        diverged_end;      /* REFUSED, DIVERGED: see streamed_part. */
    uint64_t match_index;  /* Durable there, in this epoch. */
    uint64_t wanted_index; /* It may still ask for what follows. */
    bool is_leased_told;
};

struct leader {
    uint64_t epoch;
    uint64_t begin_index; /* Of the epoch-start entry; 0: not ordered yet. */
    bool is_open;         /* LEADING was told. */
    bool is_stalled;
    bool is_stall_told;
    bool is_leased;  /* As it was last looked at, for readers at slaves. */
    uint64_t outbid; /* The newest epoch that a slave has promised instead. */
    struct leader_slot slots[LEADER_SLOTS_MAX];
    size_t slot_count;
};

/* The slot of whoever is on that node; NULL if nobody is. */
struct leader_slot *leader_slot_on_node(struct leader *leader, uint32_t node);

/* Its node is to hear how it stands; if it waits for credit, of commits. */
void leader_tell_slot(struct leader_slot *slot);
/* The same of a commit: not before `due_us`, unless more is to be told. */
void leader_tell_commit(struct leader_slot *slot, uint64_t due_us);

/*
 * A receiver said where it stands: what counts from it. Gives whether anything
 * changed that commits or the lease depend on.
 */
bool leader_hear(struct leader *leader, struct leader_slot *slot,
                 const struct stream_part *part);

/* How far the log is committed, by what is known now: never less than before.*/
uint64_t leader_commit_index(const struct replica *replica);

/* The newest stamp that a majority gave back, `now_us` if none is needed. */
uint64_t leader_stamped_us(const struct replica *replica, uint64_t now_us);

/*
 * Where a copy that ends at `end` stands to the master's log: it is in it, it
 * is if the entry there has that CRC, or why not.
 */
enum leader_match {
    LEADER_MATCHES,
    LEADER_MATCH_READS, /* Read the entry to know. */
    LEADER_DIVERGES,
    LEADER_REACHES_NOT, /* The log begins later. */
};

enum leader_match leader_compare(const struct replica *replica,
                                 struct log_position end);

/* All that a copy which diverges at `end` could have in common. */
struct log_position leader_common(const struct replica *replica,
                                  struct log_position end);

#endif
