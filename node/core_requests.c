#include "node/core_internal.h"

#include "cluster/ring.h"
#include "model/user_id.h"
#include "node/permission.h"

enum {
    HELD_RETRY_MS = 10,   /* How soon a held read is ordered again. */
    HELD_MARGIN_MS = 100, /* Before its deadline, so that the answer arrives. */
    HELD_BUSY_MS = 1000,  /* Then its client is to come back. */
    DUE_WATCH_MS = 100,   /* In which a due value is removed. */
    US_PER_MS = 1000,
};

/* ---- Answers ---- */

void core_answer(struct request *request, struct node_effects *effects)
{
    list_append(&effects->answers, &request->link);
}

void core_refuse(struct node_core *core, struct request *request,
                 struct message_refused refused, struct node_effects *effects)
{
    core->counters.refused++;
    request->answer.type = MESSAGE_REFUSED;
    request->answer.refused = refused;
    core_answer(request, effects);
}

struct message_refused core_because(enum dalv_status status, const char *text)
{
    return (struct message_refused){.status = status,
                                    .text = bytes_from_text(text)};
}

void core_send_elsewhere(struct node_core *core, struct request *request,
                         bool may_be_done, struct node_effects *effects)
{
    const struct node_options *options = &core->options;
    struct message_not_master *told = &request->answer.not_master;

    request->answer.type = MESSAGE_NOT_MASTER;
    *told = (struct message_not_master){.partition = request->partition,
                                        .may_be_done = may_be_done};
    if (options->who_leads != NULL)
        options->who_leads(options->owner, request->partition, &told->epoch,
                           &told->node);
    core_answer(request, effects);
}

struct message_refused core_busy(const char *text)
{
    struct message_refused refused = core_because(DALV_BUSY, text);

    refused.retry_after_ms = 50;
    return refused;
}

/* ---- Requests ---- */

bool core_needs_turn(enum message_type type)
{
    return message_is_write(type) || type == MESSAGE_OPEN_DEVICE;
}

static bool names_a_user(const struct message *message)
{
    return message->type != MESSAGE_UNWATCH &&
           !(message->type == MESSAGE_WATCH && message->watch.is_all);
}

/* Why it cannot be taken; DALV_OK and the token's voucher if it can. */
static struct message_refused admit(struct node_core *core,
                                    const struct node_event *event)
{
    struct request *request = event->request;
    const struct attachment *attachment =
        attachments_find(&core->attachments, request->router);
    enum dalv_status status;

    if (attachment == NULL || attachment->session != request->session)
        return core_because(DALV_UNAVAILABLE,
                            "the router is not attached, not done");
    if (core->under_way > NODE_REQUESTS_MAX)
        return core_busy("the node has too much under way, not done");
    request->voucher = attachment_hold(attachment, request->token);
    /* If it was refused, the router was told so, and tells its client. */
    if (request->voucher == NULL)
        return core_because(DALV_UNAVAILABLE,
                            "the token is not vouched for, not done");
    status =
        permission_judge(&request->voucher->claims, request, event->wall_us);
    if (status == DALV_EXPIRED)
        return core_because(status, "the token has expired: show a new one");
    if (status != DALV_OK)
        return core_because(status,
                            "the token does not give the right to this");
    if (names_a_user(&request->message) &&
        user_id_check(request->user) != DALV_OK)
        return core_because(DALV_INVALID,
                            "a user id is 1 to 255 bytes of UTF-8");
    return core_because(DALV_OK, "");
}

/* Of what is committed now, nobody else may have committed more. */
static bool may_read(const struct node_core *core,
                     const struct request *request)
{
    const struct node_options *options = &core->options;

    return appender_leads(&core->appender, request->partition) &&
           (options->may_read == NULL ||
            options->may_read(options->owner, request->partition));
}

/* A read that may be somewhat old, and is not led here. */
static bool may_read_stale(const struct node_core *core,
                           const struct request *request)
{
    const struct node_options *options = &core->options;
    uint64_t max_us =
        (uint64_t)message_max_staleness_ms(&request->message) * US_PER_MS;

    return max_us > 0 && options->staleness_us != NULL &&
           !appender_leads(&core->appender, request->partition) &&
           options->staleness_us(options->owner, request->partition) <= max_us;
}

/* What is due there goes when its master says so. */
static void order_stale_read(struct node_core *core, struct request *request,
                             struct node_effects *effects)
{
    core->counters.reads++;
    core->counters.stale_reads++;
    request->is_stale_read = true;
    request->now_us = 0;
    list_append(&effects->reads, &request->link);
}

void core_order_read(struct node_core *core, struct request *request,
                     uint64_t wall_us, struct node_effects *effects)
{
    request->is_stale_read = false;
    if (may_read_stale(core, request)) {
        order_stale_read(core, request, effects);
        return;
    }
    if (!may_read(core, request)) {
        /* A SYNC was judged, and is committed, before its page is read. */
        core_send_elsewhere(core, request,
                            request->answer.type == MESSAGE_SYNCED, effects);
        return;
    }
    core->counters.reads++;
    request->due_key_count = 0;
    request->now_us =
        appender_time_us(&core->appender, request->partition, wall_us);
    list_append(&effects->reads, &request->link);
}

static void wait_for_turn(struct node_core *core, struct request *request,
                          struct node_effects *effects)
{
    struct message_refused refused = core_busy("too much is waiting");

    if (lanes_put(&core->lanes, request) == DALV_OK)
        return;
    if (request_was_judged(request))
        refused.status = DALV_UNKNOWN;
    core_refuse(core, request, refused, effects);
}

static void answer_watched(struct request *request, uint64_t number,
                           struct node_effects *effects)
{
    request->answer.type = MESSAGE_WATCHED;
    request->answer.watched = (struct message_watched){.watch = number};
    core_answer(request, effects);
}

static enum dalv_status begin_watch(struct node_core *core,
                                    const struct request *request,
                                    struct watch **out_watch,
                                    struct node_effects *effects)
{
    const struct message_watch *asked = &request->message.watch;
    const struct watch_wish wish = {
        .router = request->router,
        .client = request->client,
        .is_all = asked->is_all,
        .is_from_now = asked->is_from_now,
        .partition = request->partition,
        .user = request->user,
        .prefix = asked->prefix,
        .cursor = asked->cursor,
        .resume = asked->resume,
        .number = asked->is_all ? asked->watch : 0,
        .partitions = asked->partitions,
    };
    enum dalv_status status = watches_add(&core->watches, &wish, out_watch);

    if (status != DALV_OK || !wish.is_all)
        return status;
    status = watches_place(&core->watches, *out_watch, &effects->pushes);
    if (status != DALV_OK)
        (void)watches_end(&core->watches, wish.router, wish.client,
                          (*out_watch)->number);
    return status;
}

static void on_watch(struct node_core *core, struct request *request,
                     struct node_effects *effects)
{
    struct watch *watch = NULL;
    enum dalv_status status = begin_watch(core, request, &watch, effects);

    if (status == DALV_BUSY) {
        core_refuse(core, request, core_busy("too many watches"), effects);
    } else if (status != DALV_OK) {
        core_refuse(
            core, request,
            core_because(status, "the watch goes on from where none ended"),
            effects);
    } else {
        answer_watched(request, watch->number, effects);
        watches_order(&core->watches, watch, &effects->watch_reads);
    }
}

static void on_unwatch(struct node_core *core, struct request *request,
                       struct node_effects *effects)
{
    uint64_t number = request->message.unwatch.watch;

    if (number != 0 &&
        watches_end(&core->watches, request->router, request->client, number))
        answer_watched(request, number, effects);
    else
        core_refuse(core, request,
                    core_because(DALV_NOT_FOUND, "no such watch"), effects);
}

/*
 * A device's live session begins before its answer is read: what is committed
 * meanwhile is told, maybe before the answer, and the device sees that it has
 * to ask again.
 */
void core_begin_live(struct node_core *core, const struct request *request)
{
    const struct watch_wish wish = {
        .router = request->router,
        .client = request->client,
        .device = request->device,
        .partition = request->partition,
        .user = request->user,
        .cursor = request->message.sync.cursor,
    };
    struct watch *watch;

    if (request->message.type != MESSAGE_SYNC || !request->message.sync.is_live)
        return;
    if (watches_add(&core->watches, &wish, &watch) != DALV_OK)
        core->counters.live_refused++; /* It syncs, and asks again. */
}

void core_on_forwarded(struct node_core *core, const struct node_event *event,
                       struct node_effects *effects)
{
    struct request *request = event->request;
    struct message_refused refused;

    core->under_way++;
    core->counters.requests++;
    refused = admit(core, event);
    if (refused.status != DALV_OK) {
        core_refuse(core, request, refused, effects);
        return;
    }
    request->partition =
        ring_partition(request->user, core->options.partition_count);
    if (names_a_user(&request->message) &&
        message_max_staleness_ms(&request->message) == 0 &&
        !appender_leads(&core->appender, request->partition))
        core_send_elsewhere(core, request, false, effects);
    else if (core_needs_turn(request->message.type))
        wait_for_turn(core, request, effects);
    else if (request->message.type == MESSAGE_WATCH)
        on_watch(core, request, effects);
    else if (request->message.type == MESSAGE_UNWATCH)
        on_unwatch(core, request, effects);
    else
        core_order_read(core, request, event->wall_us, effects);
}

/* The head that a device begins a digest or snapshot from must stay. */
static void mark_head(struct node_core *core, const struct request *request,
                      uint64_t now_ms)
{
    const struct message_synced *synced = &request->answer.synced;

    if (request->answer.type == MESSAGE_SYNCED && synced->mode != SYNC_TAIL)
        marks_put(&core->marks, request->user, synced->cursor.revision, now_ms);
}

/* The client has not taken what it asked for before. */
static void hold(struct node_core *core, struct request *request,
                 uint64_t now_ms)
{
    request->is_held = false;
    if (list_is_empty(&core->held))
        core->held_due_ms = now_ms + HELD_RETRY_MS;
    list_append(&core->held, &request->link);
}

static void refuse_held(struct node_core *core, struct request *request,
                        struct node_effects *effects)
{
    struct message_refused refused =
        core_because(DALV_BUSY, "too many bytes of answers wait to be read, "
                                "not done: read them, then ask again");

    refused.retry_after_ms = HELD_BUSY_MS;
    if (request_was_judged(request))
        refused =
            core_because(DALV_UNKNOWN, "too many bytes of answers wait to be "
                                       "read: read them, then repeat it");
    core_refuse(core, request, refused, effects);
}

void core_retry_held(struct node_core *core, const struct node_event *event,
                     struct node_effects *effects)
{
    struct list held = core->held;
    struct list_link *link;

    if (event->now_ms < core->held_due_ms)
        return;
    list_init(&core->held);
    core->held_due_ms = UINT64_MAX;
    while ((link = list_take(&held)) != NULL) {
        struct request *request = LIST_ITEM(link, struct request, link);

        if (event->now_ms + HELD_MARGIN_MS >= request->deadline_ms)
            refuse_held(core, request, effects);
        else
            core_order_read(core, request, event->wall_us, effects);
    }
}

/*
 * A value that is due goes by the log before anybody reads of its absence: the
 * request has another turn, in which the value is removed, and reads again.
 */
void core_on_read(struct node_core *core, const struct node_event *event,
                  struct node_effects *effects)
{
    struct request *request = event->request;

    if (request->is_held) {
        hold(core, request, event->now_ms);
        return;
    }
    if (request->is_behind) {
        request->is_behind = false;
        core_send_elsewhere(core, request, false, effects);
        return;
    }
    if (request->due_key_count == 0) {
        mark_head(core, request, event->now_ms);
        core_answer(request, effects);
        return;
    }
    if (request->turn != NULL)
        core_release_turn(request->turn);
    request->turn = NULL;
    wait_for_turn(core, request, effects);
}

/* A watch that waits counts as reading: what is committed is told behind it. */
void core_on_watch_read(struct node_core *core, const struct node_event *event,
                        struct node_effects *effects)
{
    struct watch *watch = event->watch;

    if (!watch->has_met_due) {
        watches_take(&core->watches, watch, &effects->pushes,
                     &effects->watch_reads);
        return;
    }
    core_expect_chores(core, watch->read_partition, event->now_ms);
    if (list_is_empty(&core->due_watches))
        core->watches_due_ms = event->now_ms + DUE_WATCH_MS;
    list_append(&core->due_watches, &watch->link);
}

void core_retry_watches(struct node_core *core, const struct node_event *event,
                        struct node_effects *effects)
{
    struct list_link *link;

    if (event->now_ms < core->watches_due_ms)
        return;
    core->watches_due_ms = UINT64_MAX;
    while ((link = list_take(&core->due_watches)) != NULL)
        watches_take(&core->watches, LIST_ITEM(link, struct watch, link),
                     &effects->pushes, &effects->watch_reads);
}
