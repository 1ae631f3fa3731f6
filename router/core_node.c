/* What nodes answer. */
#include "router/core_internal.h"

enum {
    SLAVES_REST_MS = 100, /* After one of a partition was too far behind. */
};

/* Ends a question; NULL if nobody waits for its answer. */
static struct session *take_asker(struct router_core *core,
                                  struct question *question,
                                  uint32_t *out_client_request)
{
    struct session *session = map_get(&core->sessions, question->session);

    *out_client_request = question->client_request;
    router_core_forget(core, &question);
    if (session != NULL)
        session->in_flight--;
    return session;
}

/* The question that a message of the node answers; NULL if nobody waits for
   it. Only who was asked last may answer. */
static struct question *find_answered(struct router_core *core,
                                      const struct router_event *event)
{
    struct question *question =
        pending_get(&core->pending, event->message->request);

    if (question != NULL &&
        core->links.items[question->link].node == event->node)
        return question;
    core->counters.late_answers++;
    return NULL;
}

/* Its asker, whom it tells nothing: without this part he would miss something.
 */
static void end_quiet(struct router_core *core, struct question *question,
                      bool has_failed)
{
    uint32_t request = 0;
    struct session *session = take_asker(core, question, &request);

    if (session != NULL && has_failed)
        router_core_turn_deaf(core, session);
}

/* Ends it with a refusal; a session that it was to open does not begin. */
static void end_refused(struct router_core *core, struct question *question,
                        struct admission why, struct router_effects *effects)
{
    bool is_hello = question->type == MESSAGE_HELLO;
    uint32_t request = 0;
    struct session *session;

    if (question->is_quiet) {
        end_quiet(core, question, true);
        return;
    }
    session = take_asker(core, question, &request);
    if (session == NULL)
        return;
    router_core_refuse(core, effects, session->peer, request, why);
    if (is_hello && session->state == SESSION_OPENING)
        router_core_end_session(core, session);
}

static struct admission unknown(void)
{
    return admission_make(DALV_UNKNOWN,
                          "no answer in time: repeat the request under the "
                          "same id to learn its outcome");
}

void router_core_end_late(struct router_core *core, struct question *question,
                          struct router_effects *effects)
{
    bool may_be_done = question->may_be_done || !question->is_held;

    core->counters.timed_out++;
    if (message_is_write(question->type) && may_be_done)
        end_refused(core, question, unknown(), effects);
    else if (question->is_held)
        end_refused(core, question,
                    admission_make(DALV_UNAVAILABLE,
                                   "no storage node leads here now, not done"),
                    effects);
    else
        end_refused(core, question,
                    admission_make(DALV_UNAVAILABLE, "no answer in time"),
                    effects);
}

static void on_device_opened(struct router_core *core,
                             const struct router_event *event,
                             struct router_effects *effects)
{
    const struct message *message = event->message;
    struct question *question = find_answered(core, event);
    uint32_t request = 0;
    struct session *session =
        question == NULL ? NULL : take_asker(core, question, &request);

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

static void pass_answer(struct router_effects *effects,
                        const struct session *session)
{
    struct router_effect *effect =
        router_core_add_effect(effects, ROUTER_PASS_ANSWER);

    effect->peer = session->peer;
}

static void on_pushed(struct router_core *core,
                      const struct router_event *event,
                      struct router_effects *effects)
{
    uint64_t client = event->message->answered.client;
    const struct session *session = map_get(&core->sessions, client);

    /* The node has not heard yet that the client is gone, or will not hear. */
    if (session == NULL || session->state == SESSION_EXPIRED)
        router_core_dismiss_at(core, links_find(&core->links, event->node),
                               client, effects);
    else
        pass_answer(effects, session);
}

/*
 * A repetition that is refused says nothing of what was asked before: the node
 * refuses without having looked whether that was done.
 */
static bool is_doubtful(const struct question *question,
                        const struct router_event *event)
{
    return question->may_be_done && event->answer_type == MESSAGE_REFUSED &&
           message_is_write(question->type);
}

static void on_answered(struct router_core *core,
                        const struct router_event *event,
                        struct router_effects *effects)
{
    struct question *question = find_answered(core, event);
    bool is_watched = event->answer_type == MESSAGE_WATCHED;
    struct session *session;
    uint32_t request = 0;

    if (question == NULL)
        return;
    if (question->is_quiet) {
        end_quiet(core, question, question->is_part && !is_watched);
        return;
    }
    session = map_get(&core->sessions, question->session);
    if (session != NULL && is_doubtful(question, event))
        router_core_refuse(core, effects, session->peer,
                           question->client_request, unknown());
    else if (session != NULL)
        pass_answer(effects, session);
    if (session != NULL && question->is_part && is_watched)
        router_core_spread_watch(core, session, question, effects);
    (void)take_asker(core, question, &request);
}

/* Without room at the node the token is vouched for once more. */
static void on_vouched(struct router_core *core,
                       const struct router_event *event)
{
    const struct message_vouched *vouched = &event->message->vouched;
    struct session *session = map_get(&core->sessions, vouched->number);
    uint16_t link = links_find(&core->links, event->node);

    if (session == NULL || link == LINK_NONE || vouched->status == DALV_OK)
        return;
    link_set_remove(&session->vouched, link);
    if (vouched->status != DALV_BUSY)
        session->refusal = vouched->status;
}

/* The slave is too far behind; it says so for all that comes now. */
static void ask_master(struct router_core *core, struct question *question,
                       struct router_effects *effects)
{
    core->routes.items[question->partition].slaves_rest_until_ms =
        core->now_ms + SLAVES_REST_MS;
    question->may_be_stale = false;
    router_core_hold(core, question);
    (void)router_core_wake(core, question, effects);
}

/*
 * Whom to ask instead may be known here or from the node; else the map is
 * stale, or the node has not heard yet that it leads: both pass soon.
 */
static void on_not_master(struct router_core *core,
                          const struct router_event *event,
                          struct router_effects *effects)
{
    const struct message_not_master *word = &event->message->not_master;
    struct question *question = find_answered(core, event);
    bool is_moved;

    if (question == NULL)
        return;
    if (question->may_be_stale) {
        ask_master(core, question, effects);
        return;
    }
    core->counters.not_master++;
    question->may_be_done = question->may_be_done || word->may_be_done;
    router_core_hold_shortly(core, question);
    is_moved = routes_learn_hint(&core->routes, question->partition,
                                 word->epoch, word->node);
    if (is_moved)
        router_core_on_route_moved(core, question->partition);
    else if (word->epoch >= core->routes.items[question->partition].epoch)
        core->is_map_wanted = true;
}

void router_core_on_node_sent(struct router_core *core,
                              const struct router_event *event,
                              struct router_effects *effects)
{
    if (event->message->type == MESSAGE_ATTACHED)
        router_core_on_attached(core, event->node);
    else if (event->message->type == MESSAGE_DEVICE_OPENED)
        on_device_opened(core, event, effects);
    else if (event->message->type == MESSAGE_ANSWERED &&
             event->message->answered.is_push)
        on_pushed(core, event, effects);
    else if (event->message->type == MESSAGE_ANSWERED)
        on_answered(core, event, effects);
    else if (event->message->type == MESSAGE_VOUCHED)
        on_vouched(core, event);
    else if (event->message->type == MESSAGE_NOT_MASTER)
        on_not_master(core, event, effects);
}

void router_core_on_vouch_failed(struct router_core *core,
                                 const struct router_event *event)
{
    struct session *session = map_get(&core->sessions, event->session);
    uint16_t link = links_find(&core->links, event->node);

    if (session != NULL && link != LINK_NONE)
        link_set_remove(&session->vouched, link);
}

/* It did not leave: only what was asked before may have been done. */
void router_core_on_forward_failed(struct router_core *core,
                                   const struct router_event *event,
                                   struct router_effects *effects)
{
    struct question *question = pending_get(&core->pending, event->request);

    if (question == NULL)
        return;
    if (event->status == DALV_UNAVAILABLE)
        router_core_hold_shortly(core, question);
    else if (question->may_be_done && message_is_write(question->type))
        end_refused(core, question, unknown(), effects);
    else
        end_refused(
            core, question,
            admission_busy("the storage node does not keep up, not done"),
            effects);
}
