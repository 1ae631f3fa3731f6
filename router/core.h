/*
 * The router as a pure machine: who may ask, whom to ask, and what becomes of
 * a question whose answer is late.
 *
 * A question goes to the node that leads its user's partition by the newest
 * map, or by the word of a node. While none does it is held, ROUTER_HOLD_MS at
 * most; when another one does it is asked there again, with all that makes a
 * repetition safe: the same request id, the same push numbers. Whoever listens
 * to a partition that moves is told to begin anew, from his cursor.
 *
 * Promises: each request of a client gets exactly one answer, at the latest
 * shortly after its deadline; a write that may have reached a node is then
 * answered DALV_UNKNOWN, never "not done". What a client sends reaches a node
 * only under a token that was verified, and for a device only under the user
 * that the token names. Nobody is told anything after the end of his token. A
 * session that goes away takes its questions with it; a client that is silent
 * is probed now and then, since no transport tells that a peer has gone before
 * something is sent to it.
 *
 *     client          router                      node
 *       | HELLO --------> | token judged            |
 *       |                 | VOUCH, OPEN_DEVICE ---> |   devices only
 *       |                 | <------ DEVICE_OPENED   |
 *       | <----- WELCOMED |                         |
 *       | GET, ... -----> | FORWARD --------------> |
 *       | <-------------- | <------------- ANSWERED |
 *
 * The core carries out nothing: each step gives effects, in the order in which
 * the shell has to act.
 */
#ifndef DALV_ROUTER_CORE_H
#define DALV_ROUTER_CORE_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/map.h"
#include "cluster/cluster_map.h"
#include "model/message.h"
#include "router/admission.h"
#include "token/judge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROUTER_EFFECTS_MAX = 32,
    ROUTER_PROBE_MS = 30000, /* Silence after which a client is probed. */
    ROUTER_REVIEW_MS = 4096, /* In which all sessions are looked after. */
    ROUTER_HOLD_MS = 2000,   /* A question waits so long for a master. */
    /* Ask a node that does not lead yet again, ever later: a switchover takes a
       moment, a failover a second. */
    ROUTER_RETRY_MIN_MS = 10,
    ROUTER_RETRY_MAX_MS = 80,

    /* A node's number stands in those of its watches from this bit on; those
       that several nodes feed are numbered here, from the highest bit on. */
    ROUTER_WATCH_NODE_SHIFT = 40,
    ROUTER_WATCH_SPREAD_SHIFT = 63,
};

struct router_options {
    struct bytes router_id;  /* Borrowed for the core's life. */
    struct bytes cluster_id; /* The same. */
    uint64_t boot_session;   /* Grows with each start. */
    uint32_t session_max;    /* Clients at a time. */
    uint32_t pending_max;    /* Requests without an answer, of all. */
    uint32_t deadline_ms;    /* For requests that name none. */
    size_t frame_bytes_max;  /* Of requests that are kept to be repeated. */
    struct admission_limits limits;
    struct token_judge *token_judge;
    struct allocator *allocator;
};

enum router_event_type {
    ROUTER_NODE_CONNECTED, /* `node`: there is a connection, attach. */
    ROUTER_CLIENT_SENT,    /* `peer`, `message`, `frame`, `is_device_port`. */
    ROUTER_CLIENT_LOST,    /* `peer`: its connection is gone. */
    ROUTER_NODE_SENT,      /* `node`, `message`; of ANSWERED `answer_type`. */
    ROUTER_NODE_LOST,      /* `node`: its connection is gone. */
    ROUTER_MAP_LEARNT,     /* `map`. */
    ROUTER_FORWARD_FAILED, /* `request`, `status`: DALV_BUSY, or the node has
                              no connection: DALV_UNAVAILABLE. */
    ROUTER_VOUCH_FAILED,   /* `node`, `session`: its token did not go out. */
    ROUTER_TICKED,         /* Time passed. */
};

struct router_event {
    enum router_event_type type;
    uint64_t now_ms;  /* Monotonic. */
    uint64_t wall_us; /* For tokens only. */
    uint64_t peer;
    bool is_device_port;
    const struct message *message;
    struct bytes frame;  /* As it came; lives until the effects are done. */
    uint32_t node;       /* Its id. */
    uint8_t answer_type; /* Of the frame behind ANSWERED. */
    const struct cluster_map *map; /* Borrowed during the step. */
    uint32_t request;
    uint64_t session;
    enum dalv_status status;
};

enum router_effect_type {
    ROUTER_ANSWER,        /* `message` to the client `peer`. */
    ROUTER_PASS_ANSWER,   /* What the node sent, to the client `peer`. */
    ROUTER_ASK,           /* `message` to `node`. */
    ROUTER_ASK_ALL,       /* `message` to each node that has a connection. */
    ROUTER_FORWARD,       /* `message` and behind it `frame` to `node`, ... */
    ROUTER_FORWARD_WATCH, /* ... or behind it `watch`, under the number that the
                             client's question has, or 0. */
    ROUTER_FETCH_MAP,     /* A newer one may be there. */
};

struct router_effect {
    enum router_effect_type type;
    uint64_t peer;
    uint32_t node;
    struct message message; /* Borrows from sessions and from the event. */
    struct bytes frame;     /* The event's, or one that was kept. */
    struct message_watch watch;
    uint32_t watch_request;
};

struct router_effects {
    size_t count;
    struct router_effect items[ROUTER_EFFECTS_MAX];
};

struct router_counters {
    uint64_t requests;
    uint64_t refused;
    uint64_t timed_out;
    uint64_t late_answers;
    uint64_t held;
    uint64_t repeated;
    uint64_t not_master;
    uint64_t hellos_refused;
    uint64_t rates_refused;
    uint64_t sessions_expired;
};

struct router_core; /* Fields are core.c's alone. */

/* NULL if the allocator gives nothing. */
struct router_core *router_core_create(const struct router_options *options);
void router_core_destroy(struct router_core **core_p);

/* From now on. */
void router_core_set_limits(struct router_core *core,
                            const struct admission_limits *limits,
                            uint32_t deadline_ms);

/*
 * The token judge has changed its mind, maybe: each session's token is judged
 * again within ROUTER_REVIEW_MS, and a session whose token fails has expired.
 */
void router_core_review_tokens(struct router_core *core, uint64_t now_ms);

/*
 * Advance by one event; `out_effects` is overwritten. What effects borrow from
 * the core can be read until the next step.
 */
void router_core_step(struct router_core *core,
                      const struct router_event *event,
                      struct router_effects *out_effects);

/* When a TICKED is due; UINT64_MAX for never. */
uint64_t router_core_next_deadline_ms(const struct router_core *core);

/* True if any node is attached. */
bool router_core_is_attached(const struct router_core *core);
size_t router_core_session_count(const struct router_core *core);
size_t router_core_pending_count(const struct router_core *core);
const struct router_counters *router_core_counters(
    const struct router_core *core);

#endif
