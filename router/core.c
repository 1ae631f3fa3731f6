#include "router/core_internal.h"

#include "base/assert.h"

#include <string.h>

enum {
    US_PER_MS = 1000,
    EFFECTS_OF_SESSION_MAX = 2,  /* Of one that its timer looks after, ... */
    EFFECTS_OF_QUESTION_MAX = 2, /* ... and of a question. */
};

/* ---- Life ---- */

static size_t session_slots(const struct router_options *options)
{
    return map_slot_count(options->session_max);
}

static size_t core_bytes(const struct router_options *options)
{
    return sizeof(struct router_core) +
           sizeof(struct map_slot) * (2 * session_slots(options) +
                                      map_slot_count(options->pending_max));
}

struct router_core *router_core_create(const struct router_options *options)
{
    size_t bytes = core_bytes(options);
    struct router_core *core = allocator_take_zeroed(options->allocator, bytes);
    size_t slots = session_slots(options);
    struct map_slot *first;

    if (core == NULL)
        return NULL;
    first = (struct map_slot *)(void *)(core + 1);
    core->options = *options;
    core->bytes = bytes;
    map_init(&core->peers, first, slots);
    map_init(&core->sessions, first + slots, slots);
    pending_init(&core->pending, options->allocator, first + 2 * slots,
                 map_slot_count(options->pending_max),
                 (struct pending_limits){
                     .question_max = options->pending_max,
                     .frame_bytes_max = options->frame_bytes_max,
                 });
    routes_init(&core->routes, options->allocator);
    timers_init(&core->probes, 0);
    return core;
}

void router_core_end_session(struct router_core *core, struct session *session)
{
    timers_stop(&core->probes, &session->timer);
    (void)map_remove(&core->peers, session->peer);
    (void)map_remove(&core->sessions, session->number);
    session->next_ended = core->ended;
    core->ended = session;
}

/* What effects of the last step may have borrowed from. */
static void bury(struct router_core *core)
{
    struct session *session;

    pending_bury(&core->pending);
    while ((session = core->ended) != NULL) {
        core->ended = session->next_ended;
        session_destroy(&session, core->options.allocator);
    }
}

void router_core_destroy(struct router_core **core_p)
{
    struct router_core *core = *core_p;
    size_t cursor = 0;
    struct session *session;

    *core_p = NULL;
    if (core == NULL)
        return;
    bury(core);
    pending_deinit(&core->pending);
    routes_deinit(&core->routes);
    while ((session = map_next(&core->peers, &cursor)) != NULL)
        session_destroy(&session, core->options.allocator);
    allocator_give(core->options.allocator, core, core->bytes);
}

/* ---- Effects ---- */

struct router_effect *router_core_add_effect(struct router_effects *effects,
                                             enum router_effect_type type)
{
    struct router_effect *effect;

    ASSERT(effects->count < ROUTER_EFFECTS_MAX);
    effect = &effects->items[effects->count++];
    memset(effect, 0, sizeof(*effect));
    effect->type = type;
    return effect;
}

void router_core_ask_node(const struct router_core *core,
                          struct router_effects *effects, uint16_t link,
                          const struct message *message)
{
    struct router_effect *effect = router_core_add_effect(effects, ROUTER_ASK);

    effect->node = core->links.items[link].node;
    effect->message = *message;
}

void router_core_refuse(struct router_core *core,
                        struct router_effects *effects, uint64_t peer,
                        uint32_t request, struct admission why)
{
    struct router_effect *effect =
        router_core_add_effect(effects, ROUTER_ANSWER);

    core->counters.refused++;
    effect->peer = peer;
    effect->message =
        (struct message){.type = MESSAGE_REFUSED,
                         .request = request,
                         .refused = {.status = why.status,
                                     .text = bytes_from_text(why.text),
                                     .retry_after_ms = why.retry_after_ms}};
}

/* ---- Time ---- */

void router_core_start_timer(struct router_core *core, struct session *session,
                             const struct router_event *event)
{
    uint64_t expiry_us = session_expiry_us(session);
    uint64_t wait_ms = ROUTER_PROBE_MS;

    if (expiry_us > event->wall_us &&
        (expiry_us - event->wall_us) / US_PER_MS < wait_ms)
        wait_ms = (expiry_us - event->wall_us) / US_PER_MS + 1;
    timers_start(&core->probes, &session->timer, event->now_ms + wait_ms);
}

/* A held question is looked at again before it is given up. */
static void end_late(struct router_core *core, struct router_effects *effects)
{
    struct question *question;

    while (effects->count + EFFECTS_OF_QUESTION_MAX <= ROUTER_EFFECTS_MAX &&
           (question = pending_take_late(&core->pending, core->now_ms)) !=
               NULL) {
        if (pending_end_ms(question) > core->now_ms)
            (void)router_core_wake(core, question, effects);
        else
            router_core_end_late(core, question, effects);
    }
}

/* An answer to nothing: if the client has gone, the transport says so now. */
static void probe(struct router_effects *effects, const struct session *session)
{
    struct router_effect *effect =
        router_core_add_effect(effects, ROUTER_ANSWER);

    effect->peer = session->peer;
    effect->message.type = MESSAGE_PONGED;
}

/* Nothing is pushed to it any more; a HELLO with a new token begins anew. */
static void expire(struct router_core *core, struct session *session,
                   struct router_effects *effects)
{
    session->state = SESSION_EXPIRED;
    core->counters.sessions_expired++;
    router_core_dismiss(core, session, effects);
    router_core_refuse(
        core, effects, session->peer, 0,
        admission_make(DALV_EXPIRED,
                       "the token has expired: say HELLO with a new one"));
}

/* It would wait for ever for what nobody tells any more. */
static void end_listening(struct router_core *core, struct session *session,
                          struct router_effects *effects)
{
    uint64_t peer = session->peer;

    router_core_dismiss(core, session, effects);
    router_core_end_session(core, session);
    router_core_refuse(
        core, effects, peer, 0,
        admission_make(DALV_UNAVAILABLE,
                       "the storage node was lost: say HELLO again, and ask "
                       "again for what is to be told"));
}

/* A token is good until it ends, or until its key is gone. */
static bool has_good_token(struct router_core *core, struct session *session,
                           uint64_t wall_us)
{
    struct token_claims claims;

    if (session_expiry_us(session) <= wall_us)
        return false;
    if (session->review_count == core->review_count)
        return true;
    session->review_count = core->review_count;
    return token_judge_ask(core->options.token_judge, session_token(session),
                           wall_us, &claims) == TOKEN_ACCEPTED;
}

static void look_after(struct router_core *core, struct session *session,
                       const struct router_event *event,
                       struct router_effects *effects)
{
    if (session->is_deaf) {
        end_listening(core, session, effects);
        return;
    }
    if (session->state != SESSION_EXPIRED &&
        !has_good_token(core, session, event->wall_us))
        expire(core, session, effects);
    else if (!session->has_spoken)
        probe(effects, session);
    session->has_spoken = false;
    router_core_start_timer(core, session, event);
}

static void look_after_sessions(struct router_core *core,
                                const struct router_event *event,
                                struct router_effects *effects)
{
    struct session *session;

    while (effects->count + EFFECTS_OF_SESSION_MAX <= ROUTER_EFFECTS_MAX) {
        session = TIMER_ITEM(timers_take(&core->probes, event->now_ms),
                             struct session, timer);
        if (session == NULL)
            return;
        look_after(core, session, event, effects);
    }
}

static void on_ticked(struct router_core *core,
                      const struct router_event *event,
                      struct router_effects *effects)
{
    router_core_release_some(core, effects);
    end_late(core, effects);
    look_after_sessions(core, event, effects);
    if (core->is_map_wanted && effects->count < ROUTER_EFFECTS_MAX) {
        core->is_map_wanted = false;
        router_core_add_effect(effects, ROUTER_FETCH_MAP);
    }
}

void router_core_step(struct router_core *core,
                      const struct router_event *event,
                      struct router_effects *out_effects)
{
    bury(core);
    out_effects->count = 0;
    core->now_ms = event->now_ms;
    switch (event->type) {
    case ROUTER_NODE_CONNECTED:
        router_core_on_connected(core, event->node, out_effects);
        break;
    case ROUTER_CLIENT_SENT:
        router_core_on_client_sent(core, event, out_effects);
        break;
    case ROUTER_CLIENT_LOST:
        router_core_on_client_lost(core, event->peer, out_effects);
        break;
    case ROUTER_NODE_SENT:
        router_core_on_node_sent(core, event, out_effects);
        break;
    case ROUTER_NODE_LOST:
        router_core_on_node_lost(core, event->node);
        break;
    case ROUTER_MAP_LEARNT:
        router_core_on_map_learnt(core, event->map);
        break;
    case ROUTER_FORWARD_FAILED:
        router_core_on_forward_failed(core, event, out_effects);
        break;
    case ROUTER_VOUCH_FAILED:
        router_core_on_vouch_failed(core, event);
        break;
    case ROUTER_TICKED:
        on_ticked(core, event, out_effects);
        break;
    }
}

/* Spread over time: each of them takes some of a core. */
static void look_after_soon(struct router_core *core, struct session *session,
                            uint64_t now_ms)
{
    timers_stop(&core->probes, &session->timer);
    timers_start(&core->probes, &session->timer,
                 now_ms + session->number % ROUTER_REVIEW_MS);
}

void router_core_review_tokens(struct router_core *core, uint64_t now_ms)
{
    size_t cursor = 0;
    struct session *session;

    core->review_count++;
    while ((session = map_next(&core->peers, &cursor)) != NULL)
        look_after_soon(core, session, now_ms);
}

void router_core_set_limits(struct router_core *core,
                            const struct admission_limits *limits,
                            uint32_t deadline_ms)
{
    core->options.limits = *limits;
    core->options.deadline_ms = deadline_ms;
}

void router_core_look_soon(struct router_core *core, struct session *session)
{
    look_after_soon(core, session, core->now_ms);
}

/* ---- Queries ---- */

uint64_t router_core_next_deadline_ms(const struct router_core *core)
{
    uint64_t late_ms = pending_next_ms(&core->pending);
    uint64_t probe_ms = timers_next_ms(&core->probes);

    if (core->release_next != NULL || core->is_map_wanted)
        return 0;
    return late_ms < probe_ms ? late_ms : probe_ms;
}

bool router_core_is_attached(const struct router_core *core)
{
    return core->links.attached_count > 0;
}

size_t router_core_session_count(const struct router_core *core)
{
    return core->peers.count;
}

size_t router_core_pending_count(const struct router_core *core)
{
    return pending_count(&core->pending);
}

const struct router_counters *router_core_counters(
    const struct router_core *core)
{
    return &core->counters;
}
