/*
 * Watches of all users, where several nodes lead partitions.
 *
 *     client            router                 node 1         node 2
 *       | WATCH (all) ---> | part, number w ----> |              |
 *       | <- WATCHED w --- | <-------- WATCHED w  |              |
 *       |                  | part, number w ------|------------> |
 *       | <- CHANGED w --- | <-------- CHANGED w  |  CHANGED w   |
 *
 * Each node is asked for the partitions that it leads, under one number that is
 * made here: so what it tells goes to the client as it is, and the client puts
 * the places together. The first node's answer is the client's; the others are
 * asked behind it, since the client must know the number before it is told
 * anything. Whatever goes wrong later, a node that is lost, a partition that
 * moves, a part that is refused, ends the session: the client asks again from
 * its cursor, which alone says what has arrived.
 */
#include "router/core_internal.h"

#include <string.h>

enum {
    BITS = 8,
    RETRY_MS = 100,
};

static size_t set_bytes(const struct router_core *core)
{
    return (core->routes.partition_count + BITS - 1) / BITS;
}

static bool has_one_leader(const struct routes *routes)
{
    uint32_t partition = 1;

    while (partition < routes->partition_count &&
           routes->items[partition].node == routes->items[0].node)
        partition++;
    return partition >= routes->partition_count;
}

bool router_core_is_spread(const struct router_core *core,
                           const struct message *message)
{
    if (message->type == MESSAGE_UNWATCH)
        return message->unwatch.watch >> ROUTER_WATCH_SPREAD_SHIFT != 0;
    return message->type == MESSAGE_WATCH && message->watch.is_all &&
           !has_one_leader(&core->routes);
}

/* By a node that we know how to reach, sooner or later. */
static bool is_every_partition_led(const struct router_core *core)
{
    const struct routes *routes = &core->routes;
    uint32_t last = 0;

    for (uint32_t p = 0; p < routes->partition_count; p++) {
        uint32_t node = routes->items[p].node;

        if (node == 0 ||
            (node != last && links_find(&core->links, node) == LINK_NONE))
            return false;
        last = node;
    }
    return true;
}

/* ---- Parts ---- */

static bool leads_any(const struct routes *routes, uint32_t node)
{
    uint32_t partition = 0;

    while (partition < routes->partition_count &&
           routes->items[partition].node != node)
        partition++;
    return partition < routes->partition_count;
}

static void fill_set(const struct routes *routes, uint32_t node, uint8_t *set)
{
    for (uint32_t p = 0; p < routes->partition_count; p++) {
        if (routes->items[p].node == node)
            set[p / BITS] |= (uint8_t)(1U << p % BITS);
    }
}

/* What stands in place of its frame: the partitions, the prefix, the resume. */
static void fill(const struct router_core *core, struct question *question,
                 const struct message_watch *watch)
{
    uint8_t *place = question->bytes;

    memset(place, 0, set_bytes(core));
    fill_set(&core->routes, question->node, place);
    place += set_bytes(core);
    if (watch->prefix.size > 0)
        memcpy(place, watch->prefix.data, watch->prefix.size);
    place += watch->prefix.size;
    if (watch->resume.size > 0)
        memcpy(place, watch->resume.data, watch->resume.size);
    question->watch.number = watch->watch;
    question->watch.prefix_size = watch->prefix.size;
    question->watch.is_from_now = watch->is_from_now;
}

struct message_watch router_core_watch_of(const struct router_core *core,
                                          const struct question *question)
{
    struct bytes frame = question_frame(question);
    size_t prefix = set_bytes(core);
    size_t resume = prefix + question->watch.prefix_size;

    return (struct message_watch){
        .is_all = true,
        .prefix = bytes_make(frame.data + prefix, question->watch.prefix_size),
        .resume = bytes_make(frame.data + resume, frame.size - resume),
        .is_from_now = question->watch.is_from_now,
        .watch = question->watch.number,
        .partitions = bytes_make(frame.data, prefix),
    };
}

/* NULL if its frame was not kept: it is asked from there. */
static struct question *own_kept(struct router_core *core,
                                 struct session *session,
                                 struct question *question)
{
    if (question != NULL && !question->is_repeatable)
        pending_forget(&core->pending, &question);
    if (question != NULL)
        router_core_own(session, question);
    return question;
}

/* A node's part of the watch; NULL without room for it. */
static struct question *put_part(struct router_core *core,
                                 struct session *session, uint32_t node,
                                 const struct message_watch *watch)
{
    struct question *question = pending_put_empty(
        &core->pending, core->now_ms + core->options.deadline_ms,
        set_bytes(core) + watch->prefix.size + watch->resume.size);

    question = own_kept(core, session, question);
    if (question == NULL)
        return NULL;
    question->type = MESSAGE_WATCH;
    question->node = node;
    question->is_part = true;
    fill(core, question, watch);
    return question;
}

/* ---- A watch begins ---- */

static void begin(struct router_core *core, struct session *session,
                  const struct router_event *event,
                  struct router_effects *effects)
{
    struct message_watch watch = event->message->watch;
    struct question *question;

    watch.watch = ++core->watch_last | UINT64_C(1) << ROUTER_WATCH_SPREAD_SHIFT;
    question = put_part(core, session, core->routes.items[0].node, &watch);
    if (question == NULL) {
        router_core_refuse(core, effects, event->peer, event->message->request,
                           admission_busy("too many requests in flight at "
                                          "this router, not done"));
        return;
    }
    question->client_request = event->message->request;
    session->is_listening = true;
    session->listens = UINT64_MAX;
    router_core_ask_or_hold(core, session, question, question_frame(question),
                            effects);
}

void router_core_spread_watch(struct router_core *core, struct session *session,
                              const struct question *first,
                              struct router_effects *effects)
{
    const struct message_watch watch = router_core_watch_of(core, first);
    bool is_whole = is_every_partition_led(core);

    for (size_t i = 0; i < LINKS_MAX && is_whole; i++) {
        uint32_t node = core->links.items[i].node;
        struct question *question;

        if (node == 0 || node == first->node || !leads_any(&core->routes, node))
            continue;
        question = put_part(core, session, node, &watch);
        is_whole = question != NULL;
        if (!is_whole)
            break;
        question->is_quiet = true;
        router_core_ask_or_hold(core, session, question,
                                question_frame(question), effects);
    }
    if (!is_whole)
        router_core_turn_deaf(core, session);
}

/* ---- A watch ends ---- */

/* At all that were asked for this client: those that have it are among them. */
static void end_at_others(struct router_core *core, struct session *session,
                          const struct router_event *event,
                          struct router_effects *effects)
{
    for (unsigned link = 0; link < LINKS_MAX; link++) {
        struct question *question;

        if (!link_set_has(&session->known_at, (uint16_t)link) ||
            core->links.items[link].node == core->routes.items[0].node)
            continue;
        question = pending_put(&core->pending,
                               core->now_ms + core->options.deadline_ms,
                               event->frame, bytes_make(NULL, 0));
        question = own_kept(core, session, question);
        if (question == NULL) {
            router_core_turn_deaf(core, session);
            return;
        }
        question->type = MESSAGE_UNWATCH;
        question->node = core->links.items[link].node;
        question->is_quiet = true;
        router_core_ask_or_hold(core, session, question,
                                question_frame(question), effects);
    }
}

static void end(struct router_core *core, struct session *session,
                const struct router_event *event,
                struct router_effects *effects)
{
    struct question *question =
        router_core_new_question(core, session, event, effects);

    if (question == NULL)
        return;
    question->node = core->routes.items[0].node;
    router_core_ask_or_hold(core, session, question, event->frame, effects);
    end_at_others(core, session, event, effects);
}

void router_core_forward_spread(struct router_core *core,
                                struct session *session,
                                const struct router_event *event,
                                struct router_effects *effects)
{
    if (event->message->type == MESSAGE_UNWATCH) {
        end(core, session, event, effects);
    } else if (is_every_partition_led(core)) {
        begin(core, session, event, effects);
    } else {
        struct admission why = admission_make(
            DALV_UNAVAILABLE, "not every partition is led now, not done");

        why.retry_after_ms = RETRY_MS;
        router_core_refuse(core, effects, event->peer, event->message->request,
                           why);
    }
}
