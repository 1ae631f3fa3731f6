/*
 * The controller: one at a time, elected among the routers, it keeps every
 * partition led by a live member.
 *
 *   WATCHING --- the counter is its own ---> READING --- all read ---> LEADING
 *      ^                                        ^                         |
 *      |                                        +-- a swap failed, or its-+
 *      |                                            outcome is unknown    |
 *      +------------------- the counter was lost -------------------------+
 *
 * 1. Every change is a compare and swap of a page of records that was decided
 *    on those very records. So two controllers at once are harmless.
 * 2. Nothing is told to a node before it stands in the control store.
 * 3. A swap that failed, or may have, is followed by reading everything anew,
 *    and everything is decided anew.
 * 4. Of a partition of which more is heard than its record says, nothing is
 *    changed any more, and it is said: the control store was put back to an
 *    older state, and people must act (`dalv cluster recover`).
 * 5. Whether a node lives is a guess; a wrong one costs a pause, never data.
 *
 * It is pure. The store's questions go out in two lanes, one at a time in each:
 * the counter's never wait behind the map's.
 */
#ifndef DALV_CONTROL_CONTROLLER_H
#define DALV_CONTROL_CONTROLLER_H

#include "base/allocator.h"
#include "base/text.h"
#include "cluster/cluster_map.h"
#include "control/candidacy.h"
#include "control/control_question.h"
#include "control/operator_request.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CONTROLLER_MESSAGES_MAX = 3 * CLUSTER_NODES_MAX,
    CONTROLLER_NEWS_MAX = 64,
    CONTROLLER_HEARTBEAT_MS = 150,
    CONTROLLER_SUSPECT_MS = 800,
    CONTROLLER_REPAIR_MS = 600000,
    CONTROLLER_MOVES_MAX = 16, /* Changes of members under way at a time. */
};

struct controller_options {
    uint64_t id;      /* Random, not 0, made with each start. */
    const char *name; /* Of the router; copied. */
    /* 0 for the defaults above, for CANDIDACY_TERM_MS and BALANCE_REST_MS. */
    uint32_t term_ms;
    uint32_t heartbeat_ms;
    uint32_t suspect_ms;
    uint32_t repair_ms; /* A node that is away for so long is replaced. */
    uint32_t rest_ms;   /* How long leads are not balanced after a change. */
};

enum controller_lane {
    CONTROLLER_COUNTER,
    CONTROLLER_MAP,
    CONTROLLER_LANES,
};

enum controller_event_type {
    CONTROLLER_TICKED,
    CONTROLLER_REPLIED, /* The store, to the question of a lane. */
    CONTROLLER_HEARD,   /* A node: HEARTBEATEN, SEALED or STARTED. */
};

struct controller_event {
    enum controller_event_type type;
    uint64_t now_ms;           /* Of the own monotonic clock. */
    uint64_t wall_us;          /* For the nodes to compare theirs with. */
    enum controller_lane lane; /* REPLIED. */
    const struct control_reply *reply; /* REPLIED. */
    const struct message *message;     /* HEARD. */
    uint32_t node;                     /* HEARD: whose connection it was. */
};

enum controller_news_type {
    CONTROLLER_ELECTED,
    CONTROLLER_LOST,      /* It is the controller no more. */
    CONTROLLER_NODE_BACK, /* A node is heard again, or began anew. */
    CONTROLLER_NODE_AWAY,
    CONTROLLER_NODE_PUT_BACK, /* Its disk is an old copy: it does not count. */
    CONTROLLER_OPENED,        /* An epoch, of a partition. */
    CONTROLLER_STARTED,       /* A master was chosen. */
    CONTROLLER_BALANCING,     /* It begins to even out who leads, ... */
    CONTROLLER_BALANCED,      /* ... and stops. */
    CONTROLLER_HALTED,        /* More is heard than the record says. */
    CONTROLLER_STORE_FAILED,  /* With the status. */
};

/* For the log and for counters. */
struct controller_news {
    enum controller_news_type type;
    uint32_t node;
    uint32_t partition;
    uint64_t epoch;
    enum dalv_status status;
};

struct controller_message {
    uint32_t node;
    struct message message; /* Borrowed until the next step. */
};

/* Overwritten by each step; what it points at lives until the next one. */
struct controller_effects {
    /* A lane whose question is set has none under way. */
    const struct control_question *questions[CONTROLLER_LANES];
    struct controller_message messages[CONTROLLER_MESSAGES_MAX];
    size_t message_count;
    struct controller_news news[CONTROLLER_NEWS_MAX];
    size_t news_count;
    uint64_t news_lost; /* That did not fit. */
};

struct controller;

/* DALV_NO_MEMORY. All memory comes from the allocator. */
DALV_MUST_CHECK enum dalv_status controller_create(
    const struct controller_options *options, struct allocator *allocator,
    struct controller **out_controller);
void controller_destroy(struct controller **controller_p);

void controller_step(struct controller *controller,
                     const struct controller_event *event,
                     struct controller_effects *out_effects);

/* When to tick at the latest. */
uint64_t controller_next_ms(const struct controller *controller);

/* True while it is the controller, as far as it knows. */
bool controller_is_leading(const struct controller *controller,
                           uint64_t now_ms);
/* The map that it works on; NULL unless it was read. */
const struct cluster_map *controller_map(const struct controller *controller);
/* True if changes of that partition were stopped: rule 4. */
bool controller_is_halted(const struct controller *controller,
                          uint32_t partition);
/* One line: what it is doing, for people. */
void controller_describe(const struct controller *controller, uint64_t now_ms,
                         struct text *out_text);

#endif
