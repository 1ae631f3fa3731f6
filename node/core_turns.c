#include "node/core_internal.h"

#include "base/assert.h"
#include "base/bounds.h"

void core_release_turn(struct turn *turn)
{
    ASSERT(turn->holds > 0);
    if (--turn->holds == 0)
        turn_destroy(&turn);
}

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
        core_refuse(core, LIST_ITEM(link, struct request, link), refused,
                    effects);
}

static void send_all_elsewhere(struct node_core *core, struct turn *turn,
                               bool may_be_done, struct node_effects *effects)
{
    struct list_link *link;

    while ((link = list_take(&turn->requests)) != NULL)
        core_send_elsewhere(core, LIST_ITEM(link, struct request, link),
                            may_be_done, effects);
}

static void end_turn(struct node_core *core, struct turn *turn,
                     const struct node_event *event)
{
    core_end_chores(core, turn, event);
    lanes_end_turn(&core->lanes, turn->lane);
    turn->lane = NULL;
    core_release_turn(turn);
}

/* Of a partition that is led no more: nothing was judged. */
static void give_up_turn(struct node_core *core, struct turn *turn,
                         const struct node_event *event,
                         struct node_effects *effects)
{
    send_all_elsewhere(core, turn, false, effects);
    turn->findings.sweep.is_whole = true; /* The master's patrols find it. */
    end_turn(core, turn, event);
}

/*
 * The arena was too small: once more with a larger one and, as it grows, with
 * fewer requests. What does not fit alone into the largest is refused.
 */
static void retry_turn(struct node_core *core, struct turn *turn,
                       const struct node_event *event,
                       struct node_effects *effects)
{
    struct lane *lane = turn->lane;

    if (turn->arena.capacity >= TURN_BYTES_MAX && turn->requests.count <= 1) {
        refuse_all(core, turn,
                   core_because(DALV_TOO_BIG, "it needs more memory than one "
                                              "transaction may take, not done"),
                   effects);
        lane->turn_bytes = TURN_BYTES_MIN;
        lane->request_max = BOUNDS_BATCH_TRANSACTIONS_MAX;
        turn->findings.sweep.is_whole = true; /* A later patrol tries again. */
        turn->judge.record_count = 0; /* Nothing that was judged counts. */
        end_turn(core, turn, event);
        return;
    }
    lane->turn_bytes = turn->arena.capacity < TURN_BYTES_MAX / 4
                           ? turn->arena.capacity * 4
                           : TURN_BYTES_MAX;
    lane->request_max = (turn->requests.count + 1) / 2;
    let_turn_go(turn);
    lanes_empty_turn(&core->lanes, lane);
    lanes_end_turn(&core->lanes, lane);
    turn_destroy(&turn);
}

/* False without memory: it comes back when other turns end. */
static bool begin_turn(struct node_core *core, struct lane *lane,
                       const struct node_event *event,
                       struct node_effects *effects)
{
    struct turn *turn = turn_create(
        core->options.allocator, core->options.policy, lane_turn_bytes(lane));

    if (turn == NULL)
        return false;
    lane->turn = turn;
    turn->lane = lane;
    turn->partition = lane->partition;
    turn->epoch = appender_epoch(&core->appender, lane->partition);
    lanes_fill_turn(&core->lanes, lane);
    hold_turn(turn);
    if (!appender_leads(&core->appender, lane->partition))
        give_up_turn(core, turn, event, effects);
    else if (turn_want(turn, lane_user(lane)) == DALV_OK)
        list_append(&effects->fetches, &turn->link);
    else
        retry_turn(core, turn, event, effects);
    return true;
}

/* What was decided is committed: tell everybody who waits for it. */
static void answer_turn(struct node_core *core, struct turn *turn,
                        uint64_t wall_us, struct node_effects *effects)
{
    struct list_link *link;

    while ((link = list_take(&turn->requests)) != NULL) {
        struct request *request = LIST_ITEM(link, struct request, link);

        core_begin_live(core, request);
        if (request->answer.type == MESSAGE_SYNCED ||
            !core_needs_turn(request->message.type))
            core_order_read(core, request, wall_us, effects);
        else
            core_answer(request, effects);
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

    turn->first_index = options.log_index;
    refusals_expire(&core->refusals, event->now_ms);
    turn_recall(turn, &core->refusals);
    turn->floor_bound =
        marks_bound(&core->marks, turn->view.user, event->now_ms);
    return turn_judge(turn, &options, event->now_ms);
}

void core_on_fetched(struct node_core *core, const struct node_event *event,
                     struct node_effects *effects)
{
    struct turn *turn = event->turn;
    enum dalv_status status = turn->fetch_status;

    /* What was fetched may be older than what another master did since. */
    if (!appender_leads(&core->appender, turn->partition) ||
        appender_epoch(&core->appender, turn->partition) != turn->epoch) {
        give_up_turn(core, turn, event, effects);
        return;
    }
    if (status == DALV_OK)
        status = judge_turn(core, turn, event);
    if (status == DALV_NO_MEMORY || status == DALV_TOO_BIG) {
        retry_turn(core, turn, event, effects);
        return;
    }
    ASSERT(status == DALV_OK);
    turn_remember(turn, &core->refusals, event->now_ms);
    turn->lane->turn_bytes = TURN_BYTES_MIN;
    turn->lane->request_max = BOUNDS_BATCH_TRANSACTIONS_MAX;
    if (turn->judge.record_count > 0) {
        core->counters.records += turn->judge.record_count;
        appender_put(&core->appender, turn, &core->proposals);
        return;
    }
    answer_turn(core, turn, event->wall_us, effects);
    end_turn(core, turn, event);
}

static void tell_turn(struct node_core *core, const struct turn *turn,
                      struct node_effects *effects)
{
    for (size_t i = 0; i < turn->judge.record_count; i++)
        watches_tell(&core->watches, &(struct watch_told){
                                         .partition = turn->partition,
                                         .index = turn->first_index + i,
                                         .record = &turn->judge.records[i],
                                         .pushes = &effects->pushes,
                                         .reads = &effects->watch_reads,
                                     });
}

void core_on_committed(struct node_core *core, const struct node_event *event,
                       struct node_effects *effects)
{
    struct proposal *proposal = event->proposal;
    struct turn *turn = proposal->turn;

    if (turn == NULL) {
        proposal_destroy(&proposal, core->options.allocator);
        return;
    }
    core->counters.turns++;
    list_append(&effects->applies, &proposal->link);
    tell_turn(core, turn, effects);
    answer_turn(core, turn, event->wall_us, effects);
}

/* Another master may commit it yet, or cut it off. */
void core_on_abandoned(struct node_core *core, const struct node_event *event,
                       struct node_effects *effects)
{
    struct proposal *proposal = event->proposal;
    struct turn *turn = proposal->turn;

    if (turn != NULL) {
        send_all_elsewhere(core, turn, true, effects);
        turn->findings.sweep.is_whole = true;
        end_turn(core, turn, event);
    }
    proposal_destroy(&proposal, core->options.allocator);
}

void core_on_applied(struct node_core *core, const struct node_event *event)
{
    struct proposal *proposal = event->proposal;

    end_turn(core, proposal->turn, event);
    proposal_destroy(&proposal, core->options.allocator);
}

void core_on_round_ended(struct node_core *core, const struct node_event *event,
                         struct node_effects *effects)
{
    struct list starved;
    struct lane *lane;

    list_init(&starved);
    while ((lane = lanes_take_ready(&core->lanes)) != NULL) {
        if (!begin_turn(core, lane, event, effects))
            list_append(&starved, &lane->link);
    }
    lanes_put_back(&core->lanes, &starved);
    list_append_all(&effects->proposals, &core->proposals);
}
