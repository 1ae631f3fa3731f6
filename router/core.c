#include "router/core.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "router/admission.h"
#include "router/pending.h"

#include <string.h>

struct router_core {
    struct router_options options;
    struct router_counters counters;
    struct map peers;    /* peer -> struct session */
    struct map sessions; /* session number -> struct session */
    struct pending pending;
    struct timers probes; /* Of sessions. */
    uint64_t session_last;
    uint64_t attached_count; /* How often a node attached; 0: none yet. */
    bool is_attached;
    size_t bytes; /* Of this struct with the slots behind it. */
};

/* ---- Life ---- */

static size_t session_slots(const struct router_options *options)
{
    return pending_slot_count(options->session_max);
}

static size_t core_bytes(const struct router_options *options)
{
    return sizeof(struct router_core) +
           sizeof(struct map_slot) * (2 * session_slots(options) +
                                      pending_slot_count(options->pending_max));
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
                 pending_slot_count(options->pending_max),
                 options->pending_max);
    timers_init(&core->probes, 0);
    return core;
}

static void end_session(struct router_core *core, struct session *session)
{
    timers_stop(&core->probes, &session->timer);
    (void)map_remove(&core->peers, session->peer);
    (void)map_remove(&core->sessions, session->number);
    session_destroy(&session, core->options.allocator);
}

void router_core_destroy(struct router_core **core_p)
{
    struct router_core *core = *core_p;
    size_t cursor = 0;
    struct session *session;

    *core_p = NULL;
    if (core == NULL)
        return;
    pending_deinit(&core->pending);
    while ((session = map_next(&core->peers, &cursor)) != NULL)
        session_destroy(&session, core->options.allocator);
    allocator_give(core->options.allocator, core, core->bytes);
}

/* ---- Effects ---- */

static struct router_effect *add_effect(struct router_effects *effects,
                                        enum router_effect_type type)
{
    struct router_effect *effect;

    ASSERT(effects->count < ROUTER_EFFECTS_MAX);
    effect = &effects->items[effects->count++];
    memset(effect, 0, sizeof(*effect));
    effect->type = type;
    return effect;
}

static void ask_node(struct router_effects *effects,
                     const struct message *message)
{
    add_effect(effects, ROUTER_ASK)->message = *message;
}

static void refuse(struct router_core *core, struct router_effects *effects,
                   uint64_t peer, uint32_t request, struct admission why)
{
    struct router_effect *effect = add_effect(effects, ROUTER_ANSWER);

    core->counters.refused++;
    effect->peer = peer;
    effect->message =
        (struct message){.type = MESSAGE_REFUSED,
                         .request = request,
                         .refused = {.status = why.status,
                                     .text = bytes_from_text(why.text),
                                     .retry_after_ms = why.retry_after_ms}};
}

/* ---- To the node ---- */

/* A token travels to the node once for each time that it attached. */
static void vouch(struct router_core *core, struct session *session,
                  struct router_effects *effects)
{
    if (session->attached_count == core->attached_count)
        return;
    session->attached_count = core->attached_count;
    ask_node(effects, &(struct message){
                          .type = MESSAGE_VOUCH,
                          .vouch = {.number = session->number,
                                    .token = session_token(session)},
                      });
}

static uint32_t deadline_of(const struct router_core *core,
                            const struct message *message)
{
    uint32_t deadline_ms = core->options.deadline_ms;

    if (message->type == MESSAGE_UPDATE && message->update.deadline_ms > 0)
        deadline_ms = message->update.deadline_ms;
    return deadline_ms < BOUNDS_DEADLINE_MS_MAX ? deadline_ms
                                                : BOUNDS_DEADLINE_MS_MAX;
}

/* A question about what the event brought; NULL after a refusal. */
static struct question *new_question(struct router_core *core,
                                     struct session *session,
                                     const struct router_event *event,
                                     struct router_effects *effects)
{
    uint32_t deadline_ms = deadline_of(core, event->message);
    struct question *question =
        pending_put(&core->pending, event->now_ms + deadline_ms);

    if (question == NULL) {
        refuse(core, effects, event->peer, event->message->request,
               admission_busy("too many requests in flight at this router, "
                              "not done"));
        return NULL;
    }
    question->client_request = event->message->request;
    question->session = session->number;
    question->type = event->message->type;
    session->in_flight++;
    vouch(core, session, effects);
    return question;
}

static void forward(struct router_core *core, struct session *session,
                    const struct router_event *event,
                    struct router_effects *effects)
{
    struct question *question = new_question(core, session, event, effects);
    struct router_effect *effect;

    if (question == NULL)
        return;
    effect = add_effect(effects, ROUTER_FORWARD);
    effect->frame = event->frame;
    effect->message = (struct message){
        .type = MESSAGE_FORWARD,
        .request = question->number,
        .forward = {.session = core->options.boot_session,
                    .token = session->number,
                    .user = session->is_device ? session_user(session)
                                               : message_user(event->message),
                    .device = session->device,
                    .client = session->number,
                    .deadline_ms = deadline_of(core, event->message)},
    };
}

/* The device's id is the node's to give: it is a logged record. */
static void open_device(struct router_core *core, struct session *session,
                        const struct router_event *event,
                        struct router_effects *effects)
{
    struct question *question = new_question(core, session, event, effects);

    if (question == NULL) {
        end_session(core, session);
        return;
    }
    ask_node(effects,
             &(struct message){
                 .type = MESSAGE_OPEN_DEVICE,
                 .request = question->number,
                 .open_device = {.install = session->install,
                                 .session = core->options.boot_session,
                                 .token = session->number,
                                 .user = session_user(session),
                                 .deadline_ms = core->options.deadline_ms},
             });
}

static void attach(struct router_core *core, struct router_effects *effects)
{
    ask_node(effects, &(struct message){
                          .type = MESSAGE_ATTACH,
                          .attach = {.cluster_id = core->options.cluster_id,
                                     .router = core->options.router_id,
                                     .session = core->options.boot_session},
                      });
}

/* ---- From clients ---- */

static void welcome(struct router_core *core, const struct session *session,
                    struct router_effects *effects)
{
    struct router_effect *effect = add_effect(effects, ROUTER_ANSWER);

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
    if (!core->is_attached)
        return admission_make(DALV_UNAVAILABLE, "no storage node yet");
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
                                     const struct token_claims *claims)
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
    if (old != NULL && session_is_same_client(session, old))
        session_take_over(session, old);
    else
        session->number = ++core->session_last;
    if (old != NULL)
        end_session(core, old);
    map_put(&core->peers, session->peer, session);
    map_put(&core->sessions, session->number, session);
    timers_start(&core->probes, &session->timer,
                 event->now_ms + ROUTER_PROBE_MS);
    return session;
}

static void on_hello(struct router_core *core, const struct router_event *event,
                     struct router_effects *effects)
{
    struct token_claims claims = {.issuer = ""};
    struct admission verdict = judge_hello(core, event, &claims);
    struct session *session = NULL;

    if (verdict.status == DALV_OK) {
        session = begin_session(core, event, &claims);
        if (session == NULL)
            verdict = admission_busy("no memory for more clients");
    }
    if (session == NULL) {
        core->counters.hellos_refused++;
        refuse(core, effects, event->peer, event->message->request, verdict);
    } else if (session->is_device && session->state == SESSION_OPENING) {
        open_device(core, session, event, effects);
    } else {
        session->state = SESSION_OPEN;
        welcome(core, session, effects);
    }
}

static void pong(const struct router_event *event,
                 struct router_effects *effects)
{
    struct router_effect *effect = add_effect(effects, ROUTER_ANSWER);

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

    if (verdict.status == DALV_OK && !core->is_attached)
        verdict = admission_make(DALV_UNAVAILABLE, "no storage node, not "
                                                   "done");
    if (verdict.status == DALV_OK)
        forward(core, session, event, effects);
    else
        refuse(core, effects, event->peer, event->message->request, verdict);
}

static void on_client_sent(struct router_core *core,
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
static void on_client_lost(struct router_core *core, uint64_t peer,
                           struct router_effects *effects)
{
    struct session *session = map_get(&core->peers, peer);

    if (session == NULL)
        return;
    if (core->is_attached)
        ask_node(effects, &(struct message){
                              .type = MESSAGE_DISMISS,
                              .dismiss = {.client = session->number},
                          });
    end_session(core, session);
}

/* ---- From the node ---- */

/* Ends the question that a message answers; NULL if nobody waits for it. */
static struct session *take_asker(struct router_core *core, uint32_t number,
                                  uint32_t *out_client_request)
{
    struct question *question = pending_get(&core->pending, number);
    struct session *session = NULL;

    if (question != NULL) {
        session = map_get(&core->sessions, question->session);
        *out_client_request = question->client_request;
        pending_forget(&core->pending, &question);
    } else {
        core->counters.late_answers++;
    }
    if (session != NULL)
        session->in_flight--;
    return session;
}

static void on_device_opened(struct router_core *core,
                             const struct message *message,
                             struct router_effects *effects)
{
    uint32_t request = 0;
    struct session *session = take_asker(core, message->request, &request);

    if (session == NULL || session->state != SESSION_OPENING)
        return;
    if (message->device_opened.status != DALV_OK) {
        refuse(core, effects, session->peer, request,
               admission_make(message->device_opened.status,
                              "the cluster does not take this device"));
        end_session(core, session);
        return;
    }
    session->device = message->device_opened.device;
    session->state = SESSION_OPEN;
    welcome(core, session, effects);
}

static void on_answered(struct router_core *core,
                        const struct router_event *event,
                        struct router_effects *effects)
{
    const struct message *message = event->message;
    uint32_t request = 0;
    struct session *session =
        message->answered.is_push
            ? map_get(&core->sessions, message->answered.client)
            : take_asker(core, message->request, &request);
    struct router_effect *effect;

    if (session == NULL)
        return;
    effect = add_effect(effects, ROUTER_PASS_ANSWER);
    effect->peer = session->peer;
    effect->frame = event->frame;
}

static void on_node_sent(struct router_core *core,
                         const struct router_event *event,
                         struct router_effects *effects)
{
    if (event->message->type == MESSAGE_ATTACHED) {
        core->is_attached = true;
        core->attached_count++;
    } else if (event->message->type == MESSAGE_DEVICE_OPENED) {
        on_device_opened(core, event->message, effects);
    } else if (event->message->type == MESSAGE_ANSWERED) {
        on_answered(core, event, effects);
    }
    /* VOUCHED needs no act: what a refused token asks is refused too. */
}

/* The shell could not hand it over: nothing was done, and so it is said. */
static void on_forward_failed(struct router_core *core, uint32_t number,
                              struct router_effects *effects)
{
    uint32_t request = 0;
    struct session *session = take_asker(core, number, &request);

    if (session == NULL)
        return;
    refuse(core, effects, session->peer, request,
           admission_busy("the storage node does not keep up, not done"));
    if (session->state == SESSION_OPENING)
        end_session(core, session);
}

/* ---- Time ---- */

/* The node may have it: a write's outcome is then not known. */
static struct admission too_late(enum message_type type)
{
    return message_is_write(type)
               ? admission_make(DALV_UNKNOWN,
                                "no answer in time: repeat the request under "
                                "the same id to learn its outcome")
               : admission_make(DALV_UNAVAILABLE, "no answer in time");
}

static void end_late(struct router_core *core, uint64_t now_ms,
                     struct router_effects *effects)
{
    struct question *question;

    while (effects->count < ROUTER_EFFECTS_MAX &&
           (question = pending_take_late(&core->pending, now_ms)) != NULL) {
        enum message_type type = question->type;
        uint32_t request = 0;
        struct session *session = take_asker(core, question->number, &request);

        if (session == NULL)
            continue;
        core->counters.timed_out++;
        refuse(core, effects, session->peer, request, too_late(type));
        if (session->state == SESSION_OPENING)
            end_session(core, session);
    }
}

/* An answer to nothing: if the client has gone, the transport says so now. */
static void probe(struct router_effects *effects, const struct session *session)
{
    struct router_effect *effect = add_effect(effects, ROUTER_ANSWER);

    effect->peer = session->peer;
    effect->message.type = MESSAGE_PONGED;
}

static void probe_silent(struct router_core *core, uint64_t now_ms,
                         struct router_effects *effects)
{
    struct session *session;

    while (effects->count < ROUTER_EFFECTS_MAX) {
        session = TIMER_ITEM(timers_take(&core->probes, now_ms), struct session,
                             timer);
        if (session == NULL)
            return;
        if (!session->has_spoken)
            probe(effects, session);
        session->has_spoken = false;
        timers_start(&core->probes, &session->timer, now_ms + ROUTER_PROBE_MS);
    }
}

void router_core_step(struct router_core *core,
                      const struct router_event *event,
                      struct router_effects *out_effects)
{
    out_effects->count = 0;
    switch (event->type) {
    case ROUTER_STARTED:
        attach(core, out_effects);
        break;
    case ROUTER_CLIENT_SENT:
        on_client_sent(core, event, out_effects);
        break;
    case ROUTER_CLIENT_LOST:
        on_client_lost(core, event->peer, out_effects);
        break;
    case ROUTER_NODE_SENT:
        on_node_sent(core, event, out_effects);
        break;
    case ROUTER_NODE_LOST:
        core->is_attached = false;
        break;
    case ROUTER_FORWARD_FAILED:
        on_forward_failed(core, event->request, out_effects);
        break;
    case ROUTER_TICKED:
        end_late(core, event->now_ms, out_effects);
        probe_silent(core, event->now_ms, out_effects);
        break;
    }
}

/* ---- Queries ---- */

uint64_t router_core_next_deadline_ms(const struct router_core *core)
{
    uint64_t late_ms = pending_next_ms(&core->pending);
    uint64_t probe_ms = timers_next_ms(&core->probes);

    return late_ms < probe_ms ? late_ms : probe_ms;
}

bool router_core_is_attached(const struct router_core *core)
{
    return core->is_attached;
}

size_t router_core_session_count(const struct router_core *core)
{
    return core->peers.count;
}

size_t router_core_pending_count(const struct router_core *core)
{
    return core->pending.questions.count;
}

const struct router_counters *router_core_counters(
    const struct router_core *core)
{
    return &core->counters;
}
