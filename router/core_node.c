#include "router/core_internal.h"

#include "base/bounds.h"

/* ---- To the node ---- */

/* A token travels to the node once for each time that it attached. */
static void vouch(struct router_core *core, struct session *session,
                  struct router_effects *effects)
{
    if (session->attached_count == core->attached_count)
        return;
    session->attached_count = core->attached_count;
    router_core_ask_node(effects,
                         &(struct message){
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
        router_core_refuse(
            core, effects, event->peer, event->message->request,
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

/* From now on the node may tell it of changes. */
static void listen(const struct router_core *core, struct session *session,
                   const struct message *message)
{
    if (message->type != MESSAGE_WATCH &&
        !(message->type == MESSAGE_SYNC && message->sync.is_live))
        return;
    session->is_listening = true;
    session->listening_since = core->lost_count;
}

void router_core_forward(struct router_core *core, struct session *session,
                         const struct router_event *event,
                         struct router_effects *effects)
{
    struct question *question = new_question(core, session, event, effects);
    struct router_effect *effect;

    if (question == NULL)
        return;
    listen(core, session, event->message);
    effect = router_core_add_effect(effects, ROUTER_FORWARD);
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

/* Its watches and its live session end, and its token is forgotten. */
void router_core_dismiss(struct router_core *core, uint64_t session_number,
                         struct router_effects *effects)
{
    if (core->is_attached)
        router_core_ask_node(effects, &(struct message){
                                          .type = MESSAGE_DISMISS,
                                          .dismiss = {.client = session_number},
                                      });
}

/* The device's id is the node's to give: it is a logged record. */
void router_core_open_device(struct router_core *core, struct session *session,
                             const struct router_event *event,
                             struct router_effects *effects)
{
    struct question *question = new_question(core, session, event, effects);

    if (question == NULL) {
        router_core_end_session(core, session);
        return;
    }
    router_core_ask_node(
        effects, &(struct message){
                     .type = MESSAGE_OPEN_DEVICE,
                     .request = question->number,
                     .open_device = {.install = session->install,
                                     .session = core->options.boot_session,
                                     .token = session->number,
                                     .user = session_user(session),
                                     .deadline_ms = core->options.deadline_ms},
                 });
}

void router_core_attach(struct router_core *core,
                        struct router_effects *effects)
{
    router_core_ask_node(effects,
                         &(struct message){
                             .type = MESSAGE_ATTACH,
                             .attach = {.cluster_id = core->options.cluster_id,
                                        .router = core->options.router_id,
                                        .session = core->options.boot_session},
                         });
}

/* ---- From the node ---- */

/* Ends the question that a message answers; NULL if nobody waits for it. */
struct session *router_core_take_asker(struct router_core *core,
                                       uint32_t number,
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
    struct session *session =
        router_core_take_asker(core, message->request, &request);

    if (session == NULL || session->state != SESSION_OPENING)
        return;
    if (message->device_opened.status != DALV_OK) {
        router_core_refuse(
            core, effects, session->peer, request,
            admission_make(message->device_opened.status,
                           message->device_opened.status == DALV_QUOTA
                               ? "the user has as many devices as are allowed: "
                                 "'dalv devices retire' ends one"
                               : "the cluster does not take this device"));
        router_core_end_session(core, session);
        return;
    }
    session->device = message->device_opened.device;
    session->state = SESSION_OPEN;
    router_core_welcome(core, session, effects);
}

static void on_answered(struct router_core *core,
                        const struct router_event *event,
                        struct router_effects *effects)
{
    const struct message *message = event->message;
    uint64_t client = message->answered.client;
    uint32_t request = 0;
    struct session *session =
        message->answered.is_push
            ? map_get(&core->sessions, client)
            : router_core_take_asker(core, message->request, &request);
    struct router_effect *effect;

    /* The node has not heard yet that the client is gone, or will not hear. */
    if (message->answered.is_push &&
        (session == NULL || session->state == SESSION_EXPIRED)) {
        router_core_dismiss(core, client, effects);
        return;
    }
    if (session == NULL)
        return;
    effect = router_core_add_effect(effects, ROUTER_PASS_ANSWER);
    effect->peer = session->peer;
    effect->frame = event->frame;
}

/* Without room at the node the token is vouched for once more. */
static void on_vouched(struct router_core *core, const struct message *message)
{
    struct session *session = map_get(&core->sessions, message->vouched.number);

    if (session == NULL || message->vouched.status == DALV_OK)
        return;
    session->attached_count = 0;
    if (message->vouched.status != DALV_BUSY)
        session->refusal = message->vouched.status;
}

void router_core_on_node_sent(struct router_core *core,
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
    } else if (event->message->type == MESSAGE_VOUCHED) {
        on_vouched(core, event->message);
    }
}

void router_core_on_vouch_failed(struct router_core *core, uint64_t number)
{
    struct session *session = map_get(&core->sessions, number);

    if (session != NULL)
        session->attached_count = 0;
}

/* The shell could not hand it over: nothing was done, and so it is said. */
void router_core_on_forward_failed(struct router_core *core, uint32_t number,
                                   struct router_effects *effects)
{
    uint32_t request = 0;
    struct session *session = router_core_take_asker(core, number, &request);

    if (session == NULL)
        return;
    router_core_refuse(
        core, effects, session->peer, request,
        admission_busy("the storage node does not keep up, not done"));
    if (session->state == SESSION_OPENING)
        router_core_end_session(core, session);
}
