#include "node/core_internal.h"

#include "base/assert.h"

/* ---- Life ---- */

static size_t lane_slots_bytes(const struct node_core *core)
{
    return core->lane_slot_count * sizeof(*core->lane_slots);
}

static size_t refusal_slots_bytes(const struct node_core *core)
{
    return core->refusal_slot_count * sizeof(*core->refusal_slots);
}

static size_t beats_bytes(const struct node_core *core)
{
    return core->options.partition_count * sizeof(*core->beats);
}

static enum dalv_status make_lanes(struct node_core *core)
{
    const struct node_options *options = &core->options;
    struct allocator *allocator = options->allocator;

    core->lane_slot_count = map_slot_count(options->user_max);
    core->lane_slots = allocator_take(allocator, lane_slots_bytes(core));
    if (core->lane_slots == NULL)
        return DALV_NO_MEMORY;
    lanes_init(
        &core->lanes,
        &(struct lanes_options){.allocator = allocator,
                                .slots = core->lane_slots,
                                .slot_count = core->lane_slot_count,
                                .waiting_bytes_max = options->waiting_bytes_max,
                                .seed = prng_next(&core->prng)});
    return DALV_OK;
}

static enum dalv_status make_refusals(struct node_core *core)
{
    struct allocator *allocator = core->options.allocator;

    core->refusal_slot_count = map_slot_count(core->options.refusal_max);
    core->refusal_slots = allocator_take(allocator, refusal_slots_bytes(core));
    if (core->refusal_slots == NULL)
        return DALV_NO_MEMORY;
    refusals_init(&core->refusals, &(struct refusals_options){
                                       .allocator = allocator,
                                       .slots = core->refusal_slots,
                                       .slot_count = core->refusal_slot_count,
                                       .seed = prng_next(&core->prng)});
    return DALV_OK;
}

static enum dalv_status make_parts(struct node_core *core)
{
    const struct node_options *options = &core->options;
    struct allocator *allocator = options->allocator;
    enum dalv_status status;

    marks_init(&core->marks, prng_next(&core->prng));
    core->beats = allocator_take_zeroed(allocator, beats_bytes(core));
    if (core->beats == NULL)
        return DALV_NO_MEMORY;
    status = make_lanes(core);
    if (status == DALV_OK)
        status = make_refusals(core);
    if (status != DALV_OK)
        return status;
    status =
        appender_init(&core->appender, allocator, options->partition_count);
    if (status == DALV_OK)
        status =
            watches_init(&core->watches, allocator, options->partition_count,
                         prng_next(&core->prng), options->number);
    return status;
}

struct node_core *node_core_create(const struct node_options *options)
{
    struct node_core *core =
        allocator_take_zeroed(options->allocator, sizeof(*core));

    if (core == NULL)
        return NULL;
    core->options = *options;
    prng_init(&core->prng, options->seed);
    list_init(&core->held);
    list_init(&core->proposals);
    core->held_due_ms = UINT64_MAX;
    list_init(&core->due_watches);
    core->watches_due_ms = UINT64_MAX;
    attachments_init(&core->attachments, options->allocator,
                     options->client_max);
    if (make_parts(core) != DALV_OK) {
        node_core_destroy(&core);
        return NULL;
    }
    return core;
}

void node_core_destroy(struct node_core **core_p)
{
    struct node_core *core = *core_p;

    *core_p = NULL;
    if (core == NULL)
        return;
    ASSERT(core->under_way == 0);
    if (core->watches.allocator != NULL)
        watches_deinit(&core->watches);
    if (core->appender.allocator != NULL)
        appender_deinit(&core->appender);
    if (core->lane_slots != NULL)
        lanes_deinit(&core->lanes);
    if (core->refusal_slots != NULL)
        refusals_deinit(&core->refusals);
    allocator_give(core->options.allocator, core->refusal_slots,
                   refusal_slots_bytes(core));
    allocator_give(core->options.allocator, core->lane_slots,
                   lane_slots_bytes(core));
    allocator_give(core->options.allocator, core->beats, beats_bytes(core));
    attachments_deinit(&core->attachments);
    allocator_give(core->options.allocator, core, sizeof(*core));
}

void node_effects_init(struct node_effects *effects)
{
    *effects = (struct node_effects){0};
}

void node_core_finish(struct node_core *core, struct request *request)
{
    ASSERT(core->under_way > 0);
    core->under_way--;
    voucher_release(&request->voucher, core->options.allocator);
    if (request->turn != NULL)
        core_release_turn(request->turn);
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
    status = token_reason_status(token_judge_ask(
        core->options.token_judge, vouch->token, event->wall_us, &claims));
    if (status == DALV_OK)
        status = attachment_vouch(attachment, core->options.allocator,
                                  vouch->number, &claims);
    reply = add_reply(effects, event->peer);
    reply->message.type = MESSAGE_VOUCHED;
    reply->message.vouched =
        (struct message_vouched){.number = vouch->number, .status = status};
}

static void on_dismiss(struct node_core *core, const struct node_event *event)
{
    struct attachment *attachment =
        attachments_find(&core->attachments, event->peer);
    uint64_t client = event->message->dismiss.client;

    if (attachment == NULL || client == 0)
        return;
    attachment_forget(attachment, core->options.allocator, client);
    watches_end_all(&core->watches, event->peer, client);
}

static void on_router_sent(struct node_core *core,
                           const struct node_event *event,
                           struct node_effects *effects)
{
    if (event->message->type == MESSAGE_ATTACH)
        on_attach(core, event, effects);
    else if (event->message->type == MESSAGE_VOUCH)
        on_vouch(core, event, effects);
    else if (event->message->type == MESSAGE_DISMISS)
        on_dismiss(core, event);
}

static void on_router_lost(struct node_core *core, uint64_t peer)
{
    attachments_leave(&core->attachments, peer);
    watches_end_all(&core->watches, peer, 0);
}

/* ---- Partitions ---- */

/* Beginning to lead, it knows of no upkeep: it looks for it. */
static void on_led(struct node_core *core, const struct node_event *event,
                   struct node_effects *effects)
{
    appender_lead(&core->appender, event->partition, event->start);
    watches_lead(&core->watches, event->partition, event->start->end.index,
                 &effects->watch_reads);
    core_expect_chores(core, event->partition, event->now_ms);
}

void node_core_step(struct node_core *core, const struct node_event *event,
                    struct node_effects *effects)
{
    watches_set_time(&core->watches, event->wall_us);
    switch (event->type) {
    case NODE_ROUTER_SENT:
        on_router_sent(core, event, effects);
        break;
    case NODE_FORWARDED:
        core_on_forwarded(core, event, effects);
        break;
    case NODE_ROUTER_LOST:
        on_router_lost(core, event->peer);
        break;
    case NODE_FETCHED:
        core_on_fetched(core, event, effects);
        break;
    case NODE_LED:
        on_led(core, event, effects);
        break;
    case NODE_RESTED:
        appender_rest(&core->appender, event->partition);
        break;
    case NODE_COMMITTED:
        core_on_committed(core, event, effects);
        break;
    case NODE_ABANDONED:
        core_on_abandoned(core, event, effects);
        break;
    case NODE_APPLIED:
        core_on_applied(core, event);
        break;
    case NODE_READ:
        core_on_read(core, event, effects);
        break;
    case NODE_WATCH_READ:
        core_on_watch_read(core, event, effects);
        break;
    case NODE_PATROLLED:
        core_on_patrolled(core, event);
        break;
    case NODE_TICKED:
        core_retry_held(core, event, effects);
        core_retry_watches(core, event, effects);
        core_on_ticked(core, event, effects);
        break;
    case NODE_ROUND_ENDED:
        core_on_round_ended(core, event, effects);
        break;
    }
}

void node_core_set_watch_max(struct node_core *core, uint32_t watch_max)
{
    core->watches.of_client_max = watch_max;
}

/* ---- Queries ---- */

uint64_t node_core_next_deadline_ms(const struct node_core *core)
{
    uint64_t next_ms = core->patrol_next_ms;

    if (core->held_due_ms < next_ms)
        next_ms = core->held_due_ms;
    return core->watches_due_ms < next_ms ? core->watches_due_ms : next_ms;
}

size_t node_core_under_way(const struct node_core *core)
{
    return core->under_way;
}

bool node_core_is_at_rest(const struct node_core *core)
{
    return core->under_way == 0 && core->lanes.by_hash.count == 0 &&
           core->patrol_count == 0;
}

const struct node_counters *node_core_counters(const struct node_core *core)
{
    return &core->counters;
}
