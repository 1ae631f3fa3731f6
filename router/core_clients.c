#include "router/core_internal.h"

void router_core_welcome(struct router_core *core,
                         const struct session *session,
                         struct router_effects *effects)
{
    struct router_effect *effect =
        router_core_add_effect(effects, ROUTER_ANSWER);

    effect->peer = session->peer;
    effect->message = (struct message){
        .type = MESSAGE_WELCOMED,
        .request = session->hello_request,
        .welcomed = {.protocol = ADMISSION_PROTOCOL,
                     .session = session->number,
                     .device = session->device,
                     .user = session_user(session),
                     .cluster_id = core->options.cluster_id,
                     .token_expiry_us = session_expiry_us(session)},
    };
}

static struct admission judge_hello(struct router_core *core,
                                    const struct router_event *event,
                                    struct token_claims *out_claims)
{
    const struct message_hello *hello = &event->message->hello;
    struct admission verdict =
        admission_judge_hello(hello, event->is_device_port);

    if (verdict.status != DALV_OK)
        return verdict;
    if (core->routes.partition_count == 0)
        return admission_make(DALV_UNAVAILABLE, "no map of the cluster yet");
    if (core->peers.count >= core->options.session_max &&
        map_get(&core->peers, event->peer) == NULL)
        return admission_busy("too many clients: try another router");
    return admission_judge_token(hello,
                                 token_judge_ask(core->options.token_judge,
                                                 hello->token, event->wall_us,
                                                 out_claims),
                                 out_claims);
}

/* A session for a HELLO that was admitted; NULL without memory. */
static struct session *begin_session(struct router_core *core,
                                     const struct router_event *event,
                                     const struct token_claims *claims,
                                     struct router_effects *effects)
{
    const struct message_hello *hello = &event->message->hello;
    struct session *old = map_get(&core->peers, event->peer);
    struct session *session =
        session_create(core->options.allocator, hello->token);

    if (session == NULL)
        return NULL;
    session->peer = event->peer;
    session->is_device = hello->is_device;
    session->install = hello->install;
    session->hello_request = event->message->request;
    session->claims = *claims;
    session->review_count = core->review_count;
    if (old != NULL && session_continues(session, old))
        session_take_over(session, old);
    else
        session->number = ++core->session_last;
    if (old != NULL && old->number != session->number)
        router_core_dismiss(core, old, effects);
    if (old != NULL)
        router_core_end_session(core, old);
    map_put(&core->peers, session->peer, session);
    map_put(&core->sessions, session->number, session);
    router_core_start_timer(core, session, event);
    return session;
}

static void on_hello(struct router_core *core, const struct router_event *event,
                     struct router_effects *effects)
{
    struct token_claims claims = {.issuer = ""};
    struct admission verdict = judge_hello(core, event, &claims);
    struct session *session = NULL;

    if (verdict.status == DALV_OK) {
        session = begin_session(core, event, &claims, effects);
        if (session == NULL)
            verdict = admission_busy("no memory for more clients");
    }
    if (session == NULL) {
        core->counters.hellos_refused++;
        router_core_refuse(core, effects, event->peer, event->message->request,
                           verdict);
    } else if (session->is_device && session->state == SESSION_OPENING) {
        router_core_open_device(core, session, event, effects);
    } else {
        session->state = SESSION_OPEN;
        router_core_welcome(core, session, effects);
    }
}

static void pong(const struct router_event *event,
                 struct router_effects *effects)
{
    struct router_effect *effect =
        router_core_add_effect(effects, ROUTER_ANSWER);

    effect->peer = event->peer;
    effect->message = (struct message){.type = MESSAGE_PONGED,
                                       .request = event->message->request,
                                       .ponged = event->message->ping};
}

static void on_request(struct router_core *core,
                       const struct router_event *event,
                       struct router_effects *effects)
{
    struct session *session = map_get(&core->peers, event->peer);
    struct admission verdict =
        admission_judge_request(session, event->message->type, event->wall_us);

    if (verdict.status == DALV_OK && session->is_device) {
        verdict = admission_judge_rate(session, &core->options.limits,
                                       event->frame.size, event->now_ms);
        core->counters.rates_refused += verdict.status != DALV_OK;
    }
    if (verdict.status == DALV_OK)
        router_core_forward(core, session, event, effects);
    else
        router_core_refuse(core, effects, event->peer, event->message->request,
                           verdict);
}

void router_core_on_client_sent(struct router_core *core,
                                const struct router_event *event,
                                struct router_effects *effects)
{
    struct session *session = map_get(&core->peers, event->peer);

    core->counters.requests++;
    if (session != NULL)
        session->has_spoken = true;
    if (event->message->type == MESSAGE_HELLO)
        on_hello(core, event, effects);
    else if (event->message->type == MESSAGE_PING)
        pong(event, effects);
    else
        on_request(core, event, effects);
}

/* Its questions are answered to nobody; their time runs out. */
void router_core_on_client_lost(struct router_core *core, uint64_t peer,
                                struct router_effects *effects)
{
    struct session *session = map_get(&core->peers, peer);

    if (session == NULL)
        return;
    router_core_dismiss(core, session, effects);
    router_core_end_session(core, session);
}
