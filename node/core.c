#include "node/core.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "base/prng.h"
#include "cluster/ring.h"
#include "model/user_id.h"
#include "node/attachment.h"
#include "node/lane.h"
#include "node/permission.h"

struct node_core {
    struct node_options options;
    struct node_counters counters;
    struct attachments attachments;
    struct lanes lanes;
    struct appender appender;
    struct prng prng;
    struct map_slot *lane_slots;
    size_t lane_slot_count;
    size_t under_way;
};

/* ---- Life ---- */

static size_t slots_for(uint32_t items)
{
    size_t slots = 16;

    while (slots / 4 * 3 <= items)
        slots *= 2;
    return slots;
}

struct node_core *node_core_create(const struct node_options *options,
                                   const struct appender_start *starts)
{
    struct allocator *allocator = options->allocator;
    struct node_core *core = allocator_take_zeroed(allocator, sizeof(*core));

    if (core == NULL)
        return NULL;
    core->options = *options;
    prng_init(&core->prng, options->seed);
    attachments_init(&core->attachments, allocator, options->client_max);
    core->lane_slot_count = slots_for(options->user_max);
    core->lane_slots = allocator_take(allocator, core->lane_slot_count *
                                                     sizeof(*core->lane_slots));
    if (core->lane_slots == NULL ||
        appender_init(&core->appender, allocator, starts,
                      options->partition_count) != DALV_OK) {
        allocator_give(allocator, core->lane_slots,
                       core->lane_slot_count * sizeof(*core->lane_slots));
        allocator_give(allocator, core, sizeof(*core));
        return NULL;
    }
    lanes_init(
        &core->lanes,
        &(struct lanes_options){.allocator = allocator,
                                .slots = core->lane_slots,
                                .slot_count = core->lane_slot_count,
                                .waiting_bytes_max = options->waiting_bytes_max,
                                .seed = prng_next(&core->prng)});
    return core;
}

void node_core_destroy(struct node_core **core_p)
{
    struct node_core *core = *core_p;
    struct allocator *allocator;

    *core_p = NULL;
    if (core == NULL)
        return;
    ASSERT(core->under_way == 0);
    allocator = core->options.allocator;
    lanes_deinit(&core->lanes);
    attachments_deinit(&core->attachments);
    appender_deinit(&core->appender);
    allocator_give(allocator, core->lane_slots,
                   core->lane_slot_count * sizeof(*core->lane_slots));
    allocator_give(allocator, core, sizeof(*core));
}

void node_effects_init(struct node_effects *effects)
{
    *effects = (struct node_effects){0};
}

/* ---- Answers ---- */

static void answer(struct request *request, struct node_effects *effects)
{
    list_append(&effects->answers, &request->link);
}

static void refuse(struct node_core *core, struct request *request,
                   struct message_refused refused, struct node_effects *effects)
{
    core->counters.refused++;
    request->answer.type = MESSAGE_REFUSED;
    request->answer.refused = refused;
    answer(request, effects);
}

static struct message_refused because(enum dalv_status status, const char *text)
{
    return (struct message_refused){.status = status,
                                    .text = bytes_from_text(text)};
}

static struct message_refused busy(const char *text)
{
    struct message_refused refused = because(DALV_BUSY, text);

    refused.retry_after_ms = 50;
    return refused;
}

static void release_turn(struct turn *turn)
{
    ASSERT(turn->holds > 0);
    if (--turn->holds == 0)
        turn_destroy(&turn);
}

void node_core_finish(struct node_core *core, struct request *request)
{
    ASSERT(core->under_way > 0);
    core->under_way--;
    voucher_release(&request->voucher, core->options.allocator);
    if (request->turn != NULL)
        release_turn(request->turn);
    request->turn = NULL;
}

/* ---- Routers ---- */

static struct node_reply *add_reply(struct node_effects *effects, uint64_t peer)
{
    struct node_reply *reply;

    ASSERT(effects->reply_count < NODE_REPLIES_MAX);
    reply = &effects->replies[effects->reply_count++];
    *reply = (struct node_reply){.peer = peer};
    return reply;
}

static void on_attach(struct node_core *core, const struct node_event *event,
                      struct node_effects *effects)
{
    const struct message_attach *attach = &event->message->attach;
    struct node_reply *reply;

    /* A router of another cluster, or an outdated one, is not answered. */
    if (!bytes_equal(attach->cluster_id, core->options.cluster_id) ||
        attachments_enter(&core->attachments, event->peer, attach->router,
                          attach->session) != DALV_OK)
        return;
    reply = add_reply(effects, event->peer);
    reply->message.type = MESSAGE_ATTACHED;
    reply->message.attached = (struct message_attached){
        .node = core->options.node_id, .boot_id = core->options.boot_id};
}

static void on_vouch(struct node_core *core, const struct node_event *event,
                     struct node_effects *effects)
{
    const struct message_vouch *vouch = &event->message->vouch;
    struct attachment *attachment =
        attachments_find(&core->attachments, event->peer);
    struct token_claims claims;
    struct node_reply *reply;
    enum dalv_status status;

    if (attachment == NULL)
        return;
    status = token_judge_ask(core->options.token_judge, vouch->token,
                             event->wall_us, &claims);
    if (status == DALV_OK)
        status = attachment_vouch(attachment, core->options.allocator,
                                  vouch->number, &claims);
    reply = add_reply(effects, event->peer);
    reply->message.type = MESSAGE_VOUCHED;
    reply->message.vouched =
        (struct message_vouched){.number = vouch->number, .status = status};
}

static void on_router_sent(struct node_core *core,
                           const struct node_event *event,
                           struct node_effects *effects)
{
    struct attachment *attachment;

    if (event->message->type == MESSAGE_ATTACH) {
        on_attach(core, event, effects);
    } else if (event->message->type == MESSAGE_VOUCH) {
        on_vouch(core, event, effects);
    } else if (event->message->type == MESSAGE_DISMISS) {
        attachment = attachments_find(&core->attachments, event->peer);
        if (attachment != NULL)
            attachment_forget(attachment, core->options.allocator,
                              event->message->dismiss.client);
    }
}

/* ---- Requests ---- */

static bool needs_turn(enum message_type type)
{
    return message_is_write(type) || type == MESSAGE_OPEN_DEVICE;
}

/* Why it cannot be taken; DALV_OK and the token's voucher if it can. */
static struct message_refused admit(struct node_core *core,
                                    const struct node_event *event)
{
    struct request *request = event->request;
    const struct attachment *attachment =
        attachments_find(&core->attachments, request->router);
    enum dalv_status status;

    if (attachment == NULL)
        return because(DALV_UNAVAILABLE, "the router is not attached");
    request->voucher = attachment_hold(attachment, request->token);
    if (request->voucher == NULL)
        return because(DALV_NOT_PERMITTED, "the token is refused");
    status =
        permission_judge(&request->voucher->claims, request, event->wall_us);
    if (status == DALV_EXPIRED)
        return because(status, "the token has expired: show a new one");
    if (status != DALV_OK)
        return because(status, "the token does not give the right to this");
    if (user_id_check(request->user) != DALV_OK)
        return because(DALV_INVALID, "a user id is 1 to 255 bytes of UTF-8");
    return because(DALV_OK, "");
}

static void order_read(struct node_core *core, struct request *request,
                       uint64_t wall_us, struct node_effects *effects)
{
    core->counters.reads++;
    request->due_key_count = 0;
    request->now_us = wall_us;
    list_append(&effects->reads, &request->link);
}

static void wait_for_turn(struct node_core *core, struct request *request,
                          struct node_effects *effects)
{
    if (lanes_put(&core->lanes, request) != DALV_OK)
        refuse(core, request, busy("too much is waiting, not done"), effects);
}

static void on_forwarded(struct node_core *core, const struct node_event *event,
                         struct node_effects *effects)
{
    struct request *request = event->request;
    struct message_refused refused;

    core->under_way++;
    core->counters.requests++;
    refused = admit(core, event);
    if (refused.status != DALV_OK) {
        refuse(core, request, refused, effects);
        return;
    }
    request->partition =
        ring_partition(request->user, core->options.partition_count);
    if (needs_turn(request->message.type))
        wait_for_turn(core, request, effects);
    else
        order_read(core, request, event->wall_us, effects);
}

/*
 * A value that is due goes by the log before anybody reads of its absence: the
 * request has another turn, in which the value is removed, and reads again.
 */
static void on_read(struct node_core *core, struct request *request,
                    struct node_effects *effects)
{
    if (request->due_key_count == 0) {
        answer(request, effects);
        return;
    }
    if (request->turn != NULL)
        release_turn(request->turn);
    request->turn = NULL;
    wait_for_turn(core, request, effects);
}

/* ---- Turns ---- */

static void hold_turn(struct turn *turn)
{
    turn->holds = 1;
    for (struct list_link *link = turn->requests.first; link != NULL;
         link = link->next) {
        LIST_ITEM(link, struct request, link)->turn = turn;
        turn->holds++;
    }
}

static void let_turn_go(struct turn *turn)
{
    for (struct list_link *link = turn->requests.first; link != NULL;
         link = link->next)
        LIST_ITEM(link, struct request, link)->turn = NULL;
    turn->holds = 0;
}

static void refuse_all(struct node_core *core, struct turn *turn,
                       struct message_refused refused,
                       struct node_effects *effects)
{
    struct list_link *link;

    while ((link = list_take(&turn->requests)) != NULL)
        refuse(core, LIST_ITEM(link, struct request, link), refused, effects);
}

static void end_turn(struct node_core *core, struct turn *turn)
{
    lanes_end_turn(&core->lanes, turn->lane);
    turn->lane = NULL;
    release_turn(turn);
}

/*
 * The arena was too small: once more with a larger one and, as it grows, with
 * fewer requests. What does not fit alone into the largest is refused.
 */
static void retry_turn(struct node_core *core, struct turn *turn,
                       struct node_effects *effects)
{
    struct lane *lane = turn->lane;

    if (turn->arena.capacity >= TURN_BYTES_MAX && turn->requests.count == 1) {
        refuse_all(core, turn,
                   because(DALV_TOO_BIG, "it needs more memory than one "
                                         "transaction may take, not done"),
                   effects);
        lane->turn_bytes = TURN_BYTES_MIN;
        lane->request_max = BOUNDS_BATCH_TRANSACTIONS_MAX;
        end_turn(core, turn);
        return;
    }
    if (lane->turn_bytes < TURN_BYTES_MAX)
        lane->turn_bytes *= 4;
    if (lane->turn_bytes > TURN_BYTES_MAX)
        lane->turn_bytes = TURN_BYTES_MAX;
    lane->request_max = (turn->requests.count + 1) / 2;
    let_turn_go(turn);
    lanes_empty_turn(&core->lanes, lane);
    lanes_end_turn(&core->lanes, lane);
    turn_destroy(&turn);
}

/* False without memory: it comes back when other turns end. */
static bool begin_turn(struct node_core *core, struct lane *lane,
                       struct node_effects *effects)
{
    struct turn *turn = turn_create(core->options.allocator, lane->turn_bytes);

    if (turn == NULL)
        return false;
    lane->turn = turn;
    turn->lane = lane;
    turn->partition = lane->partition;
    lanes_fill_turn(&core->lanes, lane);
    hold_turn(turn);
    if (turn_want(turn, lane_user(lane)) == DALV_OK)
        list_append(&effects->fetches, &turn->link);
    else
        retry_turn(core, turn, effects);
    return true;
}

/* What was decided is committed: tell everybody who waits for it. */
static void answer_turn(struct node_core *core, struct turn *turn,
                        uint64_t wall_us, struct node_effects *effects)
{
    struct list_link *link;

    while ((link = list_take(&turn->requests)) != NULL) {
        struct request *request = LIST_ITEM(link, struct request, link);

        if (request->answer.type == MESSAGE_SYNCED ||
            !needs_turn(request->message.type))
            order_read(core, request, wall_us, effects);
        else
            answer(request, effects);
    }
}

static enum dalv_status judge_turn(struct node_core *core, struct turn *turn,
                                   const struct node_event *event)
{
    const struct judge_options options = {
        .policy = core->options.policy,
        .now_us =
            appender_time_us(&core->appender, turn->partition, event->wall_us),
        .history_id_next = prng_next(&core->prng) | 1,
        .log_index = appender_next_index(&core->appender, turn->partition),
        .record_max = turn->arena.capacity / TURN_BYTES_PER_RECORD,
    };

    turn->epoch = appender_epoch(&core->appender, turn->partition);
    turn->first_index = options.log_index;
    return turn_judge(turn, &options, event->now_ms);
}

static void on_fetched(struct node_core *core, const struct node_event *event,
                       struct node_effects *effects)
{
    struct turn *turn = event->turn;
    enum dalv_status status = turn->fetch_status;

    if (status == DALV_OK)
        status = judge_turn(core, turn, event);
    if (status == DALV_NO_MEMORY || status == DALV_TOO_BIG) {
        retry_turn(core, turn, effects);
        return;
    }
    ASSERT(status == DALV_OK);
    turn->lane->turn_bytes = TURN_BYTES_MIN;
    turn->lane->request_max = BOUNDS_BATCH_TRANSACTIONS_MAX;
    if (turn->judge.record_count > 0) {
        core->counters.records += turn->judge.record_count;
        appender_put(&core->appender, turn, &effects->logs);
        return;
    }
    answer_turn(core, turn, event->wall_us, effects);
    end_turn(core, turn);
}

static void on_logged(struct node_core *core, const struct node_event *event,
                      struct node_effects *effects)
{
    struct log_group *group = event->group;

    core->counters.groups++;
    list_append(&effects->applies, &group->link);
    for (struct list_link *link = group->turns.first; link != NULL;
         link = link->next)
        answer_turn(core, LIST_ITEM(link, struct turn, link), event->wall_us,
                    effects);
}

static void on_applied(struct node_core *core, struct log_group *group)
{
    struct list_link *link;

    while ((link = list_take(&group->turns)) != NULL)
        end_turn(core, LIST_ITEM(link, struct turn, link));
    log_group_destroy(&group, core->options.allocator);
}

static void on_round_ended(struct node_core *core, struct node_effects *effects)
{
    struct list starved;
    struct lane *lane;

    list_init(&starved);
    while ((lane = lanes_take_ready(&core->lanes)) != NULL) {
        if (!begin_turn(core, lane, effects))
            list_append(&starved, &lane->link);
    }
    lanes_put_back(&core->lanes, &starved);
    appender_flush(&core->appender, &effects->logs);
}

void node_core_step(struct node_core *core, const struct node_event *event,
                    struct node_effects *effects)
{
    switch (event->type) {
    case NODE_ROUTER_SENT:
        on_router_sent(core, event, effects);
        break;
    case NODE_FORWARDED:
        on_forwarded(core, event, effects);
        break;
    case NODE_ROUTER_LOST:
        attachments_leave(&core->attachments, event->peer);
        break;
    case NODE_FETCHED:
        on_fetched(core, event, effects);
        break;
    case NODE_LOGGED:
        on_logged(core, event, effects);
        break;
    case NODE_APPLIED:
        on_applied(core, event->group);
        break;
    case NODE_READ:
        on_read(core, event->request, effects);
        break;
    case NODE_ROUND_ENDED:
        on_round_ended(core, effects);
        break;
    }
}

/* ---- Queries ---- */

size_t node_core_under_way(const struct node_core *core)
{
    return core->under_way;
}

const struct node_counters *node_core_counters(const struct node_core *core)
{
    return &core->counters;
}
