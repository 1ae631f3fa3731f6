/*
 * The storage role, for the files that it is made of. Private to node.
 *
 *     shell.c          life, what the core wants done, what happened
 *     shell_expunge.c  letting go of what was erased
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
    enum dalv_status failure;
    bool has_events;      /* Since the last round. */
    bool has_effects;     /* To be carried out. */
    uint64_t seal_due_ms; /* UINT64_MAX: the log is sealed. */
    bool is_prepare_ordered;
    bool is_checkpoint_ordered;
    uint64_t checkpoint_bytes; /* Of the log, at the last one. */
    struct log_position *flushed;
    struct log_position *wanted; /* Zeros: all of the log, within the cap. */
    struct log_position *starts; /* Where the log began at the last release. */
    struct expunger expunger;
    struct node_metrics metrics;
    uint64_t log_bytes;
    uint64_t unreadable_count;
    uint64_t undelivered_count;
};

/* To the workers, which own them then. */
void shell_order_index(struct node_shell *shell, struct index_order order);
void shell_order_log(struct node_shell *shell, struct log_order order);

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
