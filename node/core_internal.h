/*
 * The node's core, for the files that it is made of. Private to node.
 *
 *     core.c           life, routers, which event goes where
 *     core_requests.c  what is asked: admission, reads, watches
 *     core_turns.c     what is written: turns from fetching to applying
 *     core_chores.c    upkeep: when to look for it, and what becomes of it
 */
#ifndef DALV_NODE_CORE_INTERNAL_H
#define DALV_NODE_CORE_INTERNAL_H

#include "base/bounds.h"
#include "base/prng.h"
#include "node/attachment.h"
#include "node/core.h"
#include "node/lane.h"
#include "node/marks.h"
#include "node/refusals.h"

/* What is known of a partition's upkeep. */
struct node_beat {
    uint64_t due_ms;      /* When to look for chores; UINT64_MAX: not known. */
    size_t chore_count;   /* Found and not done. */
    bool is_patrolled;    /* A patrol is under way. */
    uint64_t walk_due_ms; /* When to walk over the users again, or on ... */
    size_t walked_size;   /* ... behind this one; none: from the first. */
    uint8_t walked[BOUNDS_USER_ID_MAX];
};

struct node_core {
    struct node_options options;
    struct node_counters counters;
    struct attachments attachments;
    struct lanes lanes;
    struct appender appender;
    struct list proposals; /* Of this round. */
    struct watches watches;
    struct marks marks;
    struct refusals refusals;
    struct node_beat *beats; /* One a partition. */
    uint64_t patrol_next_ms;
    size_t patrol_count; /* Under way. */
    struct list held;    /* struct request: reads without room, in order, ... */
    uint64_t held_due_ms;    /* ... and when they are ordered again. */
    struct list due_watches; /* struct watch: they met a due value, ... */
    uint64_t watches_due_ms; /* ... and when they read on. */
    struct prng prng;
    struct map_slot *lane_slots;
    size_t lane_slot_count;
    struct map_slot *refusal_slots;
    size_t refusal_slot_count;
    size_t under_way;
};

/* Answers, in core_requests.c. */
void core_answer(struct request *request, struct node_effects *effects);
void core_refuse(struct node_core *core, struct request *request,
                 struct message_refused refused, struct node_effects *effects);
struct message_refused core_because(enum dalv_status status, const char *text);
/* This node does not lead the user's partition, or not any more. */
void core_send_elsewhere(struct node_core *core, struct request *request,
                         bool may_be_done, struct node_effects *effects);
/* DALV_BUSY, with a time to come back after. */
struct message_refused core_busy(const char *text);

/* Order a read of what is committed now. */
void core_order_read(struct node_core *core, struct request *request,
                     uint64_t wall_us, struct node_effects *effects);
/* True for requests that are judged in a turn of their user. */
bool core_needs_turn(enum message_type type);
/* A live session asked for by a SYNC that is about to be read. */
void core_begin_live(struct node_core *core, const struct request *request);

/* Events, in core_requests.c ... */
void core_on_forwarded(struct node_core *core, const struct node_event *event,
                       struct node_effects *effects);
void core_on_read(struct node_core *core, const struct node_event *event,
                  struct node_effects *effects);
void core_on_watch_read(struct node_core *core, const struct node_event *event,
                        struct node_effects *effects);
/* Watches that met a due value read on: it has been removed meanwhile. */
void core_retry_watches(struct node_core *core, const struct node_event *event,
                        struct node_effects *effects);
/* Reads that found no room for their answers are tried again, or end. */
void core_retry_held(struct node_core *core, const struct node_event *event,
                     struct node_effects *effects);

/* ... and in core_turns.c. */
void core_on_fetched(struct node_core *core, const struct node_event *event,
                     struct node_effects *effects);
void core_on_committed(struct node_core *core, const struct node_event *event,
                       struct node_effects *effects);
void core_on_abandoned(struct node_core *core, const struct node_event *event,
                       struct node_effects *effects);
void core_on_applied(struct node_core *core, const struct node_event *event);
void core_on_round_ended(struct node_core *core, const struct node_event *event,
                         struct node_effects *effects);

/* Upkeep, in core_chores.c. */
void core_expect_chores(struct node_core *core, uint32_t partition,
                        uint64_t due_ms);
void core_on_ticked(struct node_core *core, const struct node_event *event,
                    struct node_effects *effects);
void core_on_patrolled(struct node_core *core, const struct node_event *event);
/* A turn is over: its chores are done, and it may have made others. */
void core_end_chores(struct node_core *core, struct turn *turn,
                     const struct node_event *event);

/* Whoever held the turn lets it go. */
void core_release_turn(struct turn *turn);

#endif
