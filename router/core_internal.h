/*
 * The router's core, for the files that it is made of. Private to router.
 *
 *     core.c          life, which event goes where, what is late
 *     core_clients.c  what clients send, up to asking a node
 *     core_ask.c      whom to ask, and what waits until that is known
 *     core_node.c     what nodes answer
 *     core_map.c      what changes with nodes and partitions
 *     core_watch.c    watches of all users, which several nodes feed
 */
#ifndef DALV_ROUTER_CORE_INTERNAL_H
#define DALV_ROUTER_CORE_INTERNAL_H

#include "base/map.h"
#include "base/timers.h"
#include "router/core.h"
#include "router/links.h"
#include "router/pending.h"
#include "router/routes.h"
#include "router/session.h"

struct router_core {
    struct router_options options;
    struct router_counters counters;
    struct map peers;    /* peer -> struct session */
    struct map sessions; /* session number -> struct session */
    struct pending pending;
    struct timers probes; /* Of sessions. */
    uint64_t session_last;
    uint64_t watch_last;   /* Of those that several nodes feed. */
    uint64_t review_count; /* How often tokens are judged again. */
    struct links links;
    struct routes routes;
    struct question *release_next; /* Held ones from here on are to be ... */
    uint32_t release_count;        /* ... asked, no more than so many. */
    struct session *ended;         /* By next_ended; to be buried. */
    uint32_t reading;              /* Which slave is asked next. */
    bool is_map_wanted;            /* Ours is stale: say so once. */
    uint64_t now_ms;               /* Of the event that is being handled. */
    size_t bytes; /* Of this struct with the slots behind it. */
};

/* Effects, in core.c. */
struct router_effect *router_core_add_effect(struct router_effects *effects,
                                             enum router_effect_type type);
void router_core_ask_node(const struct router_core *core,
                          struct router_effects *effects, uint16_t link,
                          const struct message *message);
void router_core_refuse(struct router_core *core,
                        struct router_effects *effects, uint64_t peer,
                        uint32_t request, struct admission why);
/*
 * Nobody finds it any more; its memory is given back when the next step begins,
 * since an effect of this one may have borrowed its token or its user.
 */
void router_core_end_session(struct router_core *core, struct session *session);

/* Start the timer of a session: silence is suspect, or its token ends. */
void router_core_start_timer(struct router_core *core, struct session *session,
                             const struct router_event *event);

/* From clients, in core_clients.c. */
void router_core_on_client_sent(struct router_core *core,
                                const struct router_event *event,
                                struct router_effects *effects);
void router_core_on_client_lost(struct router_core *core, uint64_t peer,
                                struct router_effects *effects);
/* A session is open: its HELLO is answered. */
void router_core_welcome(struct router_core *core,
                         const struct session *session,
                         struct router_effects *effects);

/* Asking nodes, in core_ask.c. */
void router_core_forward(struct router_core *core, struct session *session,
                         const struct router_event *event,
                         struct router_effects *effects);
void router_core_open_device(struct router_core *core, struct session *session,
                             const struct router_event *event,
                             struct router_effects *effects);
/* From now on the question is this session's. */
void router_core_own(struct session *session, struct question *question);
/* A question that the event brought; NULL after a refusal. */
struct question *router_core_new_question(struct router_core *core,
                                          struct session *session,
                                          const struct router_event *event,
                                          struct router_effects *effects);
void router_core_ask_or_hold(struct router_core *core, struct session *session,
                             struct question *question, struct bytes frame,
                             struct router_effects *effects);
/* The client's watches and its live session end; its token is forgotten. */
void router_core_dismiss(struct router_core *core,
                         const struct session *session,
                         struct router_effects *effects);
void router_core_dismiss_at(struct router_core *core, uint16_t link,
                            uint64_t session_number,
                            struct router_effects *effects);
/* Ask no more until a node can answer. */
void router_core_hold(struct router_core *core, struct question *question);
/* The same, but try again soon whatever is heard. */
void router_core_hold_shortly(struct router_core *core,
                              struct question *question);
void router_core_forget(struct router_core *core, struct question **question_p);
/* Ask a held one; false if it must wait on. */
bool router_core_wake(struct router_core *core, struct question *question,
                      struct router_effects *effects);
/* Something has changed: ask all that are held, as far as they can be, in this
   and the next steps. */
void router_core_release_held(struct router_core *core);
void router_core_release_some(struct router_core *core,
                              struct router_effects *effects);

/* Watches that several nodes feed, in core_watch.c. True: one is to begin, or
   to end. */
bool router_core_is_spread(const struct router_core *core,
                           const struct message *message);
void router_core_forward_spread(struct router_core *core,
                                struct session *session,
                                const struct router_event *event,
                                struct router_effects *effects);
/* The first node has begun its part: ask the others. */
void router_core_spread_watch(struct router_core *core, struct session *session,
                              const struct question *first,
                              struct router_effects *effects);
/* What a node is asked; borrowed from the question. */
struct message_watch router_core_watch_of(const struct router_core *core,
                                          const struct question *question);

/* What changes with nodes and partitions, in core_map.c. */
void router_core_on_connected(struct router_core *core, uint32_t node,
                              struct router_effects *effects);
void router_core_on_attached(struct router_core *core, uint32_t node);
void router_core_on_node_lost(struct router_core *core, uint32_t node);
void router_core_on_map_learnt(struct router_core *core,
                               const struct cluster_map *map);
/* Nothing tells it of changes any more: it is to say HELLO again, soon. */
void router_core_turn_deaf(struct router_core *core, struct session *session);
/* Another node leads the partition now than before. */
void router_core_on_route_moved(struct router_core *core, uint32_t partition);

/* From nodes, in core_node.c. */
void router_core_on_node_sent(struct router_core *core,
                              const struct router_event *event,
                              struct router_effects *effects);
/* The shell could not hand it over. */
void router_core_on_forward_failed(struct router_core *core,
                                   const struct router_event *event,
                                   struct router_effects *effects);
void router_core_on_vouch_failed(struct router_core *core,
                                 const struct router_event *event);
/* Its time has passed: say what the client may conclude. */
void router_core_end_late(struct router_core *core, struct question *question,
                          struct router_effects *effects);
/* See soon what became of a session. */
void router_core_look_soon(struct router_core *core, struct session *session);

#endif
