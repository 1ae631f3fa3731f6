/*
 * The router's core, for the files that it is made of. Private to router.
 *
 *     core.c          life, which event goes where, what is late
 *     core_clients.c  what clients send, up to asking the node
 *     core_node.c     what the node is asked, and what it answers
 */
#ifndef DALV_ROUTER_CORE_INTERNAL_H
#define DALV_ROUTER_CORE_INTERNAL_H

#include "base/map.h"
#include "base/timers.h"
#include "router/core.h"
#include "router/pending.h"
#include "router/session.h"

struct router_core {
    struct router_options options;
    struct router_counters counters;
    struct map peers;    /* peer -> struct session */
    struct map sessions; /* session number -> struct session */
    struct pending pending;
    struct timers probes; /* Of sessions. */
    uint64_t session_last;
    uint64_t review_count;   /* How often tokens are judged again. */
    uint64_t attached_count; /* How often a node attached; 0: none yet. */
    uint64_t lost_count;     /* How often the node was lost. */
    bool is_attached;
    size_t bytes; /* Of this struct with the slots behind it. */
};

/* Effects, in core.c. */
struct router_effect *router_core_add_effect(struct router_effects *effects,
                                             enum router_effect_type type);
void router_core_ask_node(struct router_effects *effects,
                          const struct message *message);
void router_core_refuse(struct router_core *core,
                        struct router_effects *effects, uint64_t peer,
                        uint32_t request, struct admission why);
void router_core_end_session(struct router_core *core, struct session *session);

/* Start the timer of a session: silence is suspect, or its token ends. */
void router_core_start_timer(struct router_core *core, struct session *session,
                             const struct router_event *event);

/* What was watched is watched no more: whoever listens is told so soon. */
void router_core_on_node_lost(struct router_core *core, uint64_t now_ms);

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

/* To the node and from it, in core_node.c. */
void router_core_attach(struct router_core *core,
                        struct router_effects *effects);
void router_core_forward(struct router_core *core, struct session *session,
                         const struct router_event *event,
                         struct router_effects *effects);
void router_core_open_device(struct router_core *core, struct session *session,
                             const struct router_event *event,
                             struct router_effects *effects);
/* The client's watches and its live session end; its token is forgotten. */
void router_core_dismiss(struct router_core *core, uint64_t session_number,
                         struct router_effects *effects);
void router_core_on_node_sent(struct router_core *core,
                              const struct router_event *event,
                              struct router_effects *effects);
/* The shell could not hand it over: nothing was done, and so it is said. */
void router_core_on_forward_failed(struct router_core *core, uint32_t number,
                                   struct router_effects *effects);
void router_core_on_vouch_failed(struct router_core *core, uint64_t number);
/* Ends the question that is answered; NULL if nobody waits for it. */
struct session *router_core_take_asker(struct router_core *core,
                                       uint32_t number,
                                       uint32_t *out_client_request);

#endif
