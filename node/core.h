/*
 * The storage node as a pure machine: it decides, and its workers carry out.
 *
 * Promises: an answer that says "done" is an effect of the report that the
 * records are committed, never of the request. A user's writes are judged
 * one turn behind the other, each on the state that the one before left in the
 * index; reads see all that was answered before they came. Nothing is
 * evaluated after its deadline, and each request is answered once. A write
 * that was answered "refused" is not done by a copy that comes later.
 *
 *       router        core            index worker    replication
 *         | FORWARD --> |                   |               |
 *         |             | FETCH ----------> |               |
 *         |             | <-------- FETCHED |               |
 *         |             | judged; PROPOSE ----------------> |
 *         |             | <---------------------- COMMITTED |
 *         | <- ANSWERED | APPLY ----------> |               |
 *         |             | <-------- APPLIED |               |
 *
 * It answers for the partitions that it was told to lead, and only while it
 * leads them: what was proposed and not committed when that ends has an unknown
 * outcome.
 *
 * A read goes to the index worker behind every APPLY that was ordered before
 * it; the worker takes its orders in their order. One that meets a value that
 * is due waits until the value's removal is logged, and is read again.
 *
 * Requests, turns and proposals travel as pointers: whoever holds one may
 * change it, nobody else.
 */
#ifndef DALV_NODE_CORE_H
#define DALV_NODE_CORE_H

#include "base/allocator.h"
#include "base/list.h"
#include "model/message.h"
#include "node/appender.h"
#include "node/patrol.h"
#include "node/proposal.h"
#include "node/request.h"
#include "node/turn.h"
#include "node/watch.h"
#include "sync/policy.h"
#include "token/judge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NODE_REQUESTS_MAX = 60000, /* Under way at a time; more is told "busy". */
    NODE_REPLIES_MAX = 2,
};

struct node_options {
    uint32_t number;             /* Of the node in the map; 0: it is alone. */
    struct bytes node_id;        /* Borrowed for the core's life, */
    struct bytes cluster_id;     /* as is this, */
    const struct policy *policy; /* and this. */
    uint64_t boot_id;            /* Random at each start. */
    uint64_t seed;               /* Secret and random. */
    uint32_t partition_count;
    uint32_t user_max;        /* Users with waiting writes at a time. */
    uint32_t client_max;      /* Vouched tokens of one router. */
    uint32_t refusal_max;     /* Refused requests that are remembered. */
    size_t waiting_bytes_max; /* Of all requests that wait. */
    struct token_judge *token_judge;
    /* Whether a read that has come may be answered from this partition, which
       is led; NULL: always. See replication/lease.h. */
    bool (*may_read)(void *owner, uint32_t partition);
    /* How old a read may be at most from this partition, which is not led, of
       what was ordered by now; UINT64_MAX if nobody knows; NULL: always. */
    uint64_t (*staleness_us)(void *owner, uint32_t partition);
    /* Who leads a partition that is not led here, as far as is known, and in
       which epoch; NULL: nothing is. */
    void (*who_leads)(void *owner, uint32_t partition, uint64_t *out_epoch,
                      uint32_t *out_node);
    void *owner;
    struct allocator *allocator;
};

enum node_event_type {
    NODE_ROUTER_SENT, /* ATTACH, VOUCH or DISMISS: `peer`, `message`. */
    NODE_FORWARDED,   /* `request`: a FORWARD or OPEN_DEVICE, decoded. */
    NODE_ROUTER_LOST, /* `peer`. */
    NODE_FETCHED,     /* `turn`: its view is filled, or says why not. */
    NODE_LED,         /* `partition` from `start` on, or again. */
    NODE_RESTED,      /* `partition` is not led, maybe only for now. */
    NODE_COMMITTED,   /* `proposal`; of a partition in their order. */
    NODE_ABANDONED,   /* `proposal`: whether it will be is not known. */
    NODE_APPLIED,     /* `proposal` is in the index. */
    NODE_READ,        /* `request` has its answer, or met a due value. */
    NODE_WATCH_READ,  /* `watch` has what it was not told yet. */
    NODE_PATROLLED,   /* `patrol` has what chores there are. */
    NODE_TICKED,      /* Time passed. */
    NODE_ROUND_ENDED, /* All that had come was told: order the work. */
};

struct node_event {
    enum node_event_type type;
    uint64_t now_ms;  /* Monotonic. */
    uint64_t wall_us; /* For record times, expiry and tokens. */
    uint64_t peer;
    const struct message *message;
    struct request *request;
    struct turn *turn;
    uint32_t partition;
    const struct appender_start *start;
    struct proposal *proposal;
    struct watch *watch;
    struct patrol *patrol;
};

struct node_reply {
    uint64_t peer;
    struct message message;
};

/*
 * What is to be done, list by list in this order; the first five go to the
 * index worker, which keeps it.
 */
struct node_effects {
    struct list applies;     /* struct proposal: apply its turn's records. */
    struct list reads;       /* struct request: make its answer's frame. */
    struct list watch_reads; /* struct watch: read what it was not told. */
    struct list fetches;     /* struct turn: fill its view. */
    struct list patrols;     /* struct patrol: look for chores. */
    struct list proposals;   /* struct proposal: have it agreed on. */
    struct list answers;     /* struct request: send, then node_core_finish. */
    struct list pushes;      /* struct push_out: send, then push_destroy. */
    struct node_reply replies[NODE_REPLIES_MAX];
    size_t reply_count;
};

struct node_counters {
    uint64_t requests;
    uint64_t refused;
    uint64_t writes;
    uint64_t reads;
    uint64_t stale_reads; /* Of them, answered by a slave's copy. */
    uint64_t records;
    uint64_t turns;
    uint64_t live_refused;
};

struct node_core;

/* It leads nothing yet. NULL without memory. */
struct node_core *node_core_create(const struct node_options *options);
/* It must be at rest. */
void node_core_destroy(struct node_core **core_p);

/* From now on a client may have so many watches. */
void node_core_set_watch_max(struct node_core *core, uint32_t watch_max);

/* Advance by one event; effects are added to `effects`. */
void node_core_step(struct node_core *core, const struct node_event *event,
                    struct node_effects *effects);

/*
 * The answer has left: gives back what the core keeps for the request. The
 * caller then destroys it.
 */
void node_core_finish(struct node_core *core, struct request *request);

/* When a TICKED is due; UINT64_MAX for never. */
uint64_t node_core_next_deadline_ms(const struct node_core *core);

void node_effects_init(struct node_effects *effects);

/* Requests that were forwarded and not finished yet. */
size_t node_core_under_way(const struct node_core *core);
/* True if there are none, and no chore waits or is being done either. */
bool node_core_is_at_rest(const struct node_core *core);
const struct node_counters *node_core_counters(const struct node_core *core);

#endif
