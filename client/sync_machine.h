/*
 * Brings a store and the cluster together: which message goes next, and what
 * each answer means. It knows no network and no clock; whoever owns it carries
 * messages, one question at a time, and may stop at any point: nothing is lost,
 * and the next machine goes on from what is on disk.
 *
 *             .--------------------------------------------------.
 *             v                                                  |
 *   HELLO -> SYNC --TAIL, not whole--> SYNC (resume) --whole--> show, settle,
 *     ^       |                          ^                      resolve
 *     |       |--DIGEST--> DIGEST <-> RANGE ... --.              |
 *     |       |                                   |--> SYNC      | nothing left
 *     |       |--SNAPSHOT--------> RANGE ... -----'  from S,     v
 *     |       |                                      no pushes  DONE
 *     '-------'--REFUSED: CLONED, NOT_FOUND
 *
 * Order on disk. A push number is in the journal before it leaves. A page that
 * is whole is shown, durably, with the cursor, and with a note of what it
 * settled; then the journal lets go of what was settled. DIGEST and SNAPSHOT
 * judge nothing: once what they brought is shown, each pending transaction is
 * compared with it by its base, and is rebased or becomes a conflict.
 */
#ifndef DALV_CLIENT_SYNC_MACHINE_H
#define DALV_CLIENT_SYNC_MACHINE_H

#include "base/bytes.h"
#include "base/status.h"
#include "client/key_value.h"
#include "client/store.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sync_machine;

enum sync_resolution {
    SYNC_RESOLVE_LATER = 0,
    SYNC_RESOLVE_MINE = 1,   /* The device's operations again, over theirs. */
    SYNC_RESOLVE_THEIRS = 2, /* They go to the conflict log. */
    SYNC_RESOLVE_ANSWER = 3, /* Others take their place. */
};

/* One key of a transaction in conflict; borrowed for the call. */
struct sync_conflict {
    uint64_t local_id;
    struct bytes key;
    const struct key_value *base;       /* What the operations were made on. */
    const struct key_value *theirs;     /* What the cluster has now. */
    const struct operation *operations; /* The transaction's on the key. */
    size_t operation_count;
};

/* `operations` must live until the resolver is called again or the call that
   called it returns. */
struct sync_answer {
    enum sync_resolution resolution;
    const struct operation *operations; /* ANSWER: on the same key. */
    size_t operation_count;
};

typedef void sync_resolver(void *owner, const struct sync_conflict *conflict,
                           struct sync_answer *out_answer);

struct sync_options {
    uint32_t budget_bytes;   /* Of a page; 0 for the server's default. */
    sync_resolver *resolver; /* NULL: conflicts stay for later. */
    void *resolver_owner;
    replica_told *told; /* Of each key that a page changed; NULL for none. */
    void *told_owner;
    bool is_live; /* Ask to be told what others commit from now on. */
};

struct sync_report {
    uint64_t round_trips;
    uint64_t received_bytes;
    uint64_t sent_bytes;      /* Of parts of large values. */
    uint64_t remaining_count; /* Changes still to come, about. */
    uint64_t remaining_bytes;
    uint64_t pushed_count;   /* Transactions that the cluster took. */
    uint64_t merged_count;   /* Of them, with operations that lost. */
    uint64_t refused_count;  /* Gone to the dead letters. */
    uint64_t conflict_count; /* Given to the resolver. */
    uint64_t waiting_count;  /* Still unresolved at the end. */
};

enum sync_step {
    SYNC_STEP_HELLO, /* Introduce the store, by its install id, and hand in the
                        answer. */
    SYNC_STEP_SEND,  /* Send the message, and hand in the answer. */
    SYNC_STEP_DONE,  /* Nothing is left to do. */
};

/* The store stays the caller's and must outlive the machine. */
DALV_MUST_CHECK enum dalv_status
sync_machine_create(struct store *store, const struct sync_options *options,
                    struct sync_machine **out_machine);
void sync_machine_destroy(struct sync_machine **machine_p);

/*
 * What to do next; the message is borrowed until the next call. It is the same
 * again until an answer was taken: a lost one is repeated. `now_us` is kept for
 * people. Statuses of the store's files and map.
 */
DALV_MUST_CHECK enum dalv_status sync_machine_next(struct sync_machine *machine,
                                                   uint64_t now_us,
                                                   enum sync_step *out_step,
                                                   struct message *out_message);

/*
 * Take the answer to the message given last: WELCOMED, SYNCED, DIGESTED, RANGED
 * or REFUSED. DALV_PROTOCOL if it can not be one; the status that it was
 * refused with, if that ends the sync; and as the store's disk says. After any
 * status but DALV_OK the machine is of no more use.
 */
DALV_MUST_CHECK enum dalv_status
sync_machine_take(struct sync_machine *machine, uint64_t now_us,
                  const struct message *answer);

/* Borrowed until the next step. */
const struct sync_report *
sync_machine_report(const struct sync_machine *machine);

#endif
