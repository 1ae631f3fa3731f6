/* Asking nodes: each question at whoever leads its partition, or held. */
#include "router/core_internal.h"

#include "base/bounds.h"

enum {
    EFFECTS_OF_ASKING_MAX = 2, /* VOUCH, and the question. */
};

/* ---- Whom ---- */

/* A slave that is there, another one each time; LINK_NONE. */
static uint16_t link_of_slave(const struct router_core *core,
                              const struct question *question)
{
    const struct route *route = &core->routes.items[question->partition];

    if (!question->may_be_stale || core->now_ms < route->slaves_rest_until_ms)
        return LINK_NONE;
    for (uint32_t i = 0; i < route->slave_count; i++) {
        uint32_t next = (core->reading + i) % route->slave_count;
        uint16_t link = links_find(&core->links, route->slaves[next]);

        if (links_is_attached(&core->links, link))
            return link;
    }
    return LINK_NONE;
}

/* The node that is to answer; LINK_NONE if nobody leads, as far as is known. */
static uint16_t link_of(const struct router_core *core,
                        const struct question *question)
{
    uint32_t node = question->node;
    uint16_t slave = link_of_slave(core, question);

    if (slave != LINK_NONE)
        return slave;

    if (node == 0)
        node = core->routes.items[question->partition].node;
    return links_find(&core->links, node);
}

/* A node numbers its watches from its own number on, see node/watch.h. */
static uint32_t node_of_watch(const struct message *message)
{
    return message->type == MESSAGE_UNWATCH
               ? (uint32_t)(message->unwatch.watch >> ROUTER_WATCH_NODE_SHIFT)
               : 0;
}

/* Who listens at a node is told when its partition goes elsewhere. */
static void listen(struct session *session, const struct question *question,
                   const struct message *message)
{
    bool is_live = message->type == MESSAGE_SYNC && message->sync.is_live;

    if (!is_live && message->type != MESSAGE_WATCH)
        return;
    session->is_listening = true;
    session->listens |= message->type == MESSAGE_WATCH && message->watch.is_all
                            ? UINT64_MAX
                            : UINT64_C(1) << question->partition % 64;
}

/* ---- Asking ---- */

/* A token travels to a node once for each time that it attached. */
static void vouch(struct router_core *core, struct session *session,
                  uint16_t link, struct router_effects *effects)
{
    if (link_set_has(&session->vouched, link))
        return;
    link_set_add(&session->vouched, link);
    router_core_ask_node(core, effects, link,
                         &(struct message){
                             .type = MESSAGE_VOUCH,
                             .vouch = {.number = session->number,
                                       .token = session_token(session)},
                         });
}

static uint32_t rest_ms(const struct question *question, uint64_t now_ms)
{
    return question->due_ms > now_ms ? (uint32_t)(question->due_ms - now_ms)
                                     : 0;
}

static struct message forward_of(const struct router_core *core,
                                 const struct session *session,
                                 const struct question *question,
                                 uint64_t now_ms)
{
    return (struct message){
        .type = MESSAGE_FORWARD,
        .request = question->number,
        .forward = {.session = core->options.boot_session,
                    .token = session->number,
                    .user = session->is_device ? session_user(session)
                                               : question->user,
                    .device = question->device,
                    .client = session->number,
                    .deadline_ms = rest_ms(question, now_ms)},
    };
}

static struct message open_device_of(const struct router_core *core,
                                     const struct session *session,
                                     const struct question *question,
                                     uint64_t now_ms)
{
    return (struct message){
        .type = MESSAGE_OPEN_DEVICE,
        .request = question->number,
        .open_device = {.install = session->install,
                        .session = core->options.boot_session,
                        .token = session->number,
                        .user = session_user(session),
                        .deadline_ms = rest_ms(question, now_ms)},
    };
}

/* `frame` is the client's own parcel the first time, else what was kept. */
static void ask(struct router_core *core, struct session *session,
                struct question *question, struct bytes frame,
                struct router_effects *effects)
{
    uint16_t link = question->link;
    uint64_t now_ms = core->now_ms;
    struct router_effect *effect;

    vouch(core, session, link, effects);
    link_set_add(&session->known_at, link);
    if (session->is_listening)
        link_set_add(&session->listens_at, link);
    if (question->type == MESSAGE_HELLO) {
        struct message open = open_device_of(core, session, question, now_ms);

        router_core_ask_node(core, effects, link, &open);
        return;
    }
    effect = router_core_add_effect(
        effects, question->is_part ? ROUTER_FORWARD_WATCH : ROUTER_FORWARD);
    effect->node = core->links.items[link].node;
    effect->message = forward_of(core, session, question, now_ms);
    if (question->is_part) {
        effect->watch = router_core_watch_of(core, question);
        effect->watch_request = question->client_request;
    } else {
        effect->frame = frame;
    }
}

/* ---- Holding ---- */

void router_core_hold(struct router_core *core, struct question *question)
{
    uint64_t until_ms = core->now_ms + ROUTER_HOLD_MS;

    core->counters.held++;
    core->routes.items[question->partition].held_count++;
    pending_hold(&core->pending, question,
                 question->is_repeatable ? until_ms : core->now_ms);
}

void router_core_hold_shortly(struct router_core *core,
                              struct question *question)
{
    uint32_t wait_ms = question->retry_ms * 2;

    if (wait_ms < ROUTER_RETRY_MIN_MS)
        wait_ms = ROUTER_RETRY_MIN_MS;
    if (wait_ms > ROUTER_RETRY_MAX_MS)
        wait_ms = ROUTER_RETRY_MAX_MS;
    question->retry_ms = wait_ms;
    router_core_hold(core, question);
    pending_wake(&core->pending, question, core->now_ms + wait_ms);
}

void router_core_forget(struct router_core *core, struct question **question_p)
{
    struct question *question = *question_p;

    if (question->is_held) {
        core->routes.items[question->partition].held_count--;
        if (core->release_next == question)
            core->release_next = question->next_held;
    }
    pending_forget(&core->pending, question_p);
}

/* True if it is asked now, or nobody waits for it. */
static bool release(struct router_core *core, struct question *question,
                    struct router_effects *effects)
{
    struct session *session = map_get(&core->sessions, question->session);
    uint16_t link = link_of(core, question);

    if (session == NULL) {
        router_core_forget(core, &question);
        return true;
    }
    /* Whose time is up is ended in this very step: no effect may borrow it. */
    if (!question->is_repeatable || !links_is_attached(&core->links, link) ||
        pending_end_ms(question) <= core->now_ms)
        return false;
    core->routes.items[question->partition].held_count--;
    if (core->release_next == question)
        core->release_next = question->next_held;
    pending_release(&core->pending, question);
    question->link = link;
    core->counters.repeated++;
    ask(core, session, question, question_frame(question), effects);
    return true;
}

bool router_core_wake(struct router_core *core, struct question *question,
                      struct router_effects *effects)
{
    if (release(core, question, effects))
        return true;
    pending_wake(&core->pending, question, UINT64_MAX);
    return false;
}

void router_core_release_held(struct router_core *core)
{
    core->release_next = core->pending.held_first;
    core->release_count = core->pending.held_count;
}

/* What can not be handed over comes back to the end: it waits for the next
   change, or this would never end. */
void router_core_release_some(struct router_core *core,
                              struct router_effects *effects)
{
    while (core->release_next != NULL &&
           effects->count + EFFECTS_OF_ASKING_MAX <= ROUTER_EFFECTS_MAX) {
        struct question *question = core->release_next;

        core->release_next =
            --core->release_count > 0 ? question->next_held : NULL;
        (void)release(core, question, effects);
    }
}

/* ---- What clients want ---- */

static uint32_t deadline_of(const struct router_core *core,
                            const struct message *message)
{
    uint32_t deadline_ms = core->options.deadline_ms;

    if (message->type == MESSAGE_UPDATE && message->update.deadline_ms > 0)
        deadline_ms = message->update.deadline_ms;
    return deadline_ms < BOUNDS_DEADLINE_MS_MAX ? deadline_ms
                                                : BOUNDS_DEADLINE_MS_MAX;
}

void router_core_own(struct session *session, struct question *question)
{
    question->session = session->number;
    question->device = session->device;
    session->in_flight++;
}

struct question *router_core_new_question(struct router_core *core,
                                          struct session *session,
                                          const struct router_event *event,
                                          struct router_effects *effects)
{
    const struct message *message = event->message;
    bool is_hello = message->type == MESSAGE_HELLO;
    struct bytes user =
        session->is_device ? session_user(session) : message_user(message);
    struct question *question =
        pending_put(&core->pending, core->now_ms + deadline_of(core, message),
                    is_hello ? bytes_make(NULL, 0) : event->frame, user);

    if (question == NULL) {
        router_core_refuse(
            core, effects, event->peer, message->request,
            admission_busy("too many requests in flight at this router, "
                           "not done"));
        return NULL;
    }
    router_core_own(session, question);
    question->client_request = message->request;
    question->type = message->type;
    question->node = node_of_watch(message);
    question->may_be_stale = message_max_staleness_ms(message) > 0;
    core->reading += question->may_be_stale ? 1 : 0;
    question->partition =
        user.size == 0 ? 0 : routes_partition(&core->routes, user);
    return question;
}

void router_core_ask_or_hold(struct router_core *core, struct session *session,
                             struct question *question, struct bytes frame,
                             struct router_effects *effects)
{
    const struct route *route = &core->routes.items[question->partition];
    bool has_room =
        effects->count + EFFECTS_OF_ASKING_MAX <= ROUTER_EFFECTS_MAX;
    bool is_attached;

    question->link = link_of(core, question);
    is_attached = links_is_attached(&core->links, question->link);
    if (is_attached && has_room &&
        (route->held_count == 0 || question->may_be_stale)) {
        ask(core, session, question, frame, effects);
        return;
    }
    /* Behind others that are about to be asked, it is asked with them. */
    if (is_attached)
        router_core_hold_shortly(core, question);
    else
        router_core_hold(core, question);
    if (core->release_next != NULL)
        core->release_count++;
}

void router_core_forward(struct router_core *core, struct session *session,
                         const struct router_event *event,
                         struct router_effects *effects)
{
    struct question *question;

    if (router_core_is_spread(core, event->message)) {
        router_core_forward_spread(core, session, event, effects);
        return;
    }
    question = router_core_new_question(core, session, event, effects);
    if (question == NULL)
        return;
    listen(session, question, event->message);
    router_core_ask_or_hold(core, session, question, event->frame, effects);
}

/* The device's id is the node's to give: it is a logged record. */
void router_core_open_device(struct router_core *core, struct session *session,
                             const struct router_event *event,
                             struct router_effects *effects)
{
    struct question *question =
        router_core_new_question(core, session, event, effects);

    if (question == NULL)
        router_core_end_session(core, session);
    else
        router_core_ask_or_hold(core, session, question, bytes_make(NULL, 0),
                                effects);
}

/* Wherever it is known: its watches and its live session end there, and its
   token is forgotten. */
void router_core_dismiss(struct router_core *core,
                         const struct session *session,
                         struct router_effects *effects)
{
    uint16_t link = link_set_only(&session->known_at);

    if (link_set_is_empty(&session->known_at))
        return;
    if (link != LINK_NONE)
        router_core_dismiss_at(core, link, session->number, effects);
    else
        router_core_add_effect(effects, ROUTER_ASK_ALL)->message =
            (struct message){.type = MESSAGE_DISMISS,
                             .dismiss = {.client = session->number}};
}

void router_core_dismiss_at(struct router_core *core, uint16_t link,
                            uint64_t session_number,
                            struct router_effects *effects)
{
    if (links_is_attached(&core->links, link))
        router_core_ask_node(core, effects, link,
                             &(struct message){
                                 .type = MESSAGE_DISMISS,
                                 .dismiss = {.client = session_number},
                             });
}
