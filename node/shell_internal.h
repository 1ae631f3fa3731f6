/*
 * The storage role, for the files that it is made of. Private to node.
 *
 *     shell.c          what the core wants done, what happened
 *     shell_life.c     how it begins and ends
 *     shell_expunge.c  letting go of what was erased
 *     shell_replicas.c between the core, replication, log and index
 *     shell_reads.c    what replication has read for nodes that are behind
 *     shell_copies.c   how copies end, and what the log keeps for others
 *     shell_peers.c    between replication and other nodes
 *     shell_report.c   how its copies are, for controllers and operators
 */
#ifndef DALV_NODE_SHELL_INTERNAL_H
#define DALV_NODE_SHELL_INTERNAL_H

#include "base/budget.h"
#include "net/endpoint.h"
#include "net/worker.h"
#include "node/expunger.h"
#include "node/gateway.h"
#include "node/index_orders.h"
#include "node/log_orders.h"
#include "node/page_order.h"
#include "node/peers.h"
#include "node/read_orders.h"
#include "node/replicas.h"
#include "node/shell.h"

struct node_shell {
    struct node_shell_options options;
    struct loop *loop;
    struct budget budget;
    struct gateway *gateway;
    struct node_store *store;
    struct node_core *core;
    struct endpoint *endpoint;
    struct worker *index_worker;
    struct worker *log_worker;
    struct index_clerk *clerk;
    struct node_effects effects;
    struct replicas *replicas;  /* NULL: this is the only replica. */
    struct peers *peers;        /* The same. */
    struct worker *read_worker; /* The same. */
    struct log_reader *reader;  /* Its own. */
    enum dalv_status failure;
    bool has_events;      /* Since the last round. */
    bool has_effects;     /* To be carried out. */
    uint64_t seal_due_ms; /* UINT64_MAX: the log is sealed. */
    bool is_prepare_ordered;
    uint64_t prepare_due_ms;
    bool is_checkpoint_ordered;
    uint64_t checkpoint_bytes; /* Of the log, at the last one. */
    struct log_position *flushed;
    uint64_t *wanted;            /* Zeros: all of the log, within the cap. */
    struct log_position *starts; /* Where the log began at the last release. */
    struct expunger expunger;
    struct node_metrics metrics;
    uint64_t log_bytes;
    uint64_t unreadable_count;
    uint64_t undelivered_count;
};

/* The process must end: nothing more is taken on. The first reason counts. */
void shell_give_up(struct node_shell *shell, enum dalv_status status,
                   const char *what);

/* To the workers, which own them then. */
void shell_order_index(struct node_shell *shell, struct index_order order);
void shell_order_log(struct node_shell *shell, struct log_order order);

/* Let the core see the event; what it wants done is done at once, or when the
   event that is being handled is. */
void shell_tell(struct node_shell *shell, struct node_event event);
void shell_act(struct node_shell *shell);

/* Let replication see the event, and do what it wants done. */
void shell_replicate(struct node_shell *shell, struct replicator_event event);
/* Have it agreed on; taken. */
void shell_propose(struct node_shell *shell, struct proposal *proposal);
/* An order that has a ticket is durable. */
void shell_on_replica_logged(struct node_shell *shell,
                             const struct log_order *order);
/* The index has applied all up to `index`; `time_us` 0: not known. */
void shell_on_replica_applied(struct node_shell *shell, uint32_t partition,
                              uint64_t index, uint64_t time_us);
void shell_end_replicas_round(struct node_shell *shell);
/* When it is to end the next time, whatever happens. */
uint64_t shell_next_beat_ms(const struct node_shell *shell);
DALV_MUST_CHECK enum dalv_status shell_open_replicas(struct node_shell *shell);
void shell_close_replicas(struct node_shell *shell, bool is_at_rest);

/* What replication wants read or stored, and what came of it. */
void shell_read_for_peer(struct node_shell *shell,
                         const struct replicator_effect *effect);
void shell_on_log_read(struct node_shell *shell, struct read_order *order);
void shell_on_page(struct node_shell *shell, struct page_order *order);

/* The log does not hold what is to be applied, or is to be applied no more. */
void shell_on_entries_unreadable(struct node_shell *shell, uint32_t partition);
void shell_forget_place(struct node_shell *shell, uint32_t partition);
/* The index has dropped something: it is removed in the background. */
void shell_purge_soon(struct node_shell *shell);
void shell_purge(struct node_shell *shell, uint64_t now_ms);
void shell_on_purged(struct node_shell *shell, bool is_done);
/* What the log keeps for others, before a RELEASE; what is left, after it. */
void shell_note_wanted(struct node_shell *shell);
void shell_note_starts(struct node_shell *shell);

/* To other nodes, and from them; false if it is not of one. */
void shell_send_to_peer(struct node_shell *shell,
                        const struct replicator_effect *effect);
bool shell_hear_peer(struct node_shell *shell, const struct parcel *parcel,
                     const struct message *message);
/* Keeps the parcel, whose pointer is NULL then, while the log reads from it. */
bool shell_on_peer_parcel(struct node_shell *shell, const struct endpoint *from,
                          struct parcel **parcel_p);
void shell_close_peers(struct node_shell *shell);

/* Begins to look for what is to be expunged, if it is time. */
void shell_look_for_erased(struct node_shell *shell, uint64_t now_ms);
/* A SUM_ERASED, a TURN, an EXPUNGE is done: the next step. */
void shell_on_erased_summed(struct node_shell *shell,
                            const struct index_erased *erased);
void shell_on_log_turned(struct node_shell *shell);
void shell_on_index_expunged(struct node_shell *shell);
/* A RELEASE is done; maybe that of an expunging. */
void shell_on_released(struct node_shell *shell);

#endif
