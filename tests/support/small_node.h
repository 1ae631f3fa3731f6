/*
 * A storage node without threads, sockets and disk: the real core, gateway and
 * index clerk, an index in memory, and a log that is durable when the test
 * says so.
 *
 * What the node answers is kept as lines, one a message, see message_line.h;
 * what it pushes has "client N: " before it.
 */
#ifndef DALV_TESTS_SUPPORT_SMALL_NODE_H
#define DALV_TESTS_SUPPORT_SMALL_NODE_H

#include "base/budget.h"
#include "model/message.h"
#include "model/operation.h"
#include "node/core.h"
#include "node/gateway.h"
#include "node/index_orders.h"
#include "sync/policy.h"
#include "tests/support/fake_tokens.h"
#include "tests/support/memory_kv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SMALL_NODE_PARTITIONS = 4,
    SMALL_NODE_SAID_BYTES = 1 << 16,
};

struct small_node_options {
    size_t memory_bytes_max;  /* 0 for plenty. */
    size_t waiting_bytes_max; /* 0 for plenty. */
    size_t client_bytes_max;  /* 0 for plenty. */
    size_t answer_bytes_max;  /* 0 for plenty. */
    uint32_t refusal_max;     /* 0 for plenty. */
};

struct small_node {
    struct budget budget;
    struct fake_tokens tokens;
    struct policy policy;
    struct memory_store *disk;
    struct kv *kv;
    struct index *index;
    struct index_clerk *clerk;
    struct gateway *gateway;
    struct node_core *core;
    struct node_effects effects;
    struct list held; /* struct proposal: not durable yet. */
    bool is_log_held;
    uint64_t staleness_us; /* Of what it does not lead; UINT64_MAX: unknown. */
    bool is_lease_over;    /* It may not answer reads. */
    uint64_t now_ms;
    uint64_t wall_us;
    size_t sync_count; /* Syncs of the log. */
    char said[SMALL_NODE_SAID_BYTES];
    struct text text;
};

/* Options may be NULL. */
struct small_node *small_node_create(const struct small_node_options *options);
/* Everything must have been answered. */
void small_node_destroy(struct small_node **node_p);

/* A router's own message. */
void small_node_hear(struct small_node *node, uint64_t router,
                     const struct message *message);
/* Router 1 attaches and vouches for token 1, a backend's, at once. */
void small_node_meet_backend(struct small_node *node);
/* The same router vouches for a token under a number. */
void small_node_vouch(struct small_node *node, uint64_t number,
                      const struct token_claims *claims);

/* How a question comes; zeros are router 1, its session 1, token 1, 2 s. */
struct small_node_way {
    uint64_t router;
    uint64_t session;
    uint64_t token; /* And the client's number. */
    uint64_t device;
    uint32_t deadline_ms;
    const char *user; /* NULL: whom the question names. */
};

/* Forward a question; its number is the client's too. Nothing is run yet. */
void small_node_ask(struct small_node *node, const struct small_node_way *way,
                    const struct message *question);

/* The same by the usual way, of which the last bytes are missing. */
void small_node_ask_cut(struct small_node *node, const struct message *question,
                        size_t cut_bytes);

/* Run until nothing is left to do but what waits for a held log. */
void small_node_run(struct small_node *node);
/* What is held becomes durable, and what comes of it is run. */
void small_node_sync_log(struct small_node *node);
/* The node leads no partition any more, or for now; what it had proposed and
   is held stays, or with small_node_abandon is given up. */
void small_node_rest(struct small_node *node);
void small_node_abandon(struct small_node *node);
/* It leads all partitions, in that epoch, behind that entry of each log. */
void small_node_lead(struct small_node *node, uint64_t epoch, uint64_t index);
/* Time passes; what is due is run. */
void small_node_pass(struct small_node *node, uint64_t ms);

/* All lines since the last call, each ended; borrowed until the next. */
const char *small_node_said(struct small_node *node);

/* Questions of a backend about `user`; ids are made of `number`. */
struct message small_node_get(uint32_t number, const char *user,
                              const char *key);
/* The transaction is encoded into `memory`. */
struct message small_node_update(uint32_t number, const char *user,
                                 const struct transaction *transaction,
                                 struct writer *memory);

#endif
