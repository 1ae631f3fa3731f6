#include "node/shell_internal.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "storage/kv_cache.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    SEAL_AFTER_MS = 200,  /* Of silence. */
    PREPARE_EVERY_MS = 5, /* Of the log's next segment. */
};

/* ---- Orders to workers ---- */

void shell_give_up(struct node_shell *shell, enum dalv_status status,
                   const char *what)
{
    if (shell->failure != DALV_OK)
        return;
    shell->failure = status;
    LOG(LOG_ERROR, "storage_failed", log_text("what", what),
        log_text("status", status_text(status)));
    loop_stop(shell->loop);
}

/* What the log can make again need not stay damaged. */
static void give_up_index(struct node_shell *shell, enum dalv_status status)
{
    if (status == DALV_DAMAGED &&
        node_store_condemn_index(shell->store) == DALV_OK)
        status = DALV_IO;
    shell_give_up(shell, status, "index");
}

void shell_order_index(struct node_shell *shell, struct index_order order)
{
    struct index_order *owned = malloc(sizeof(*owned));
    void *job = owned;
    enum dalv_status status;

    ASSERT(owned != NULL);
    *owned = order;
    status = worker_submit(shell->index_worker, &job);
    /* The core has no more under way than its memory allows. */
    ASSERT(status == DALV_OK);
}

void shell_order_log(struct node_shell *shell, struct log_order order)
{
    struct log_order *owned = malloc(sizeof(*owned));
    void *job = owned;
    enum dalv_status status;

    ASSERT(owned != NULL);
    *owned = order;
    status = worker_submit(shell->log_worker, &job);
    ASSERT(status == DALV_OK);
}

static void order_checkpoint(struct node_shell *shell, uint64_t log_bytes)
{
    shell->is_checkpoint_ordered = true;
    shell->checkpoint_bytes = log_bytes;
    shell_order_index(shell, (struct index_order){.type = INDEX_CHECKPOINT,
                                                  .flushed = shell->flushed});
}

/* ---- What the core wants done ---- */

/* Let the core see the event; what it wants done waits for act. */
void shell_tell(struct node_shell *shell, struct node_event event)
{
    event.now_ms = loop_now_ms(shell->loop);
    event.wall_us = clock_wall_us();
    shell->has_events = true;
    shell->has_effects = true;
    node_core_step(shell->core, &event, &shell->effects);
}

/* A router that is gone asks again when it is back. */
static void send(struct node_shell *shell, struct parcel *parcel)
{
    uint64_t peer = parcel_peer(parcel);

    if (endpoint_send(shell->endpoint, &parcel) == DALV_OK)
        return;
    shell->undelivered_count++;
    shell_tell(shell,
               (struct node_event){.type = NODE_ROUTER_LOST, .peer = peer});
}

static void send_answer(struct node_shell *shell, struct request *request)
{
    send(shell, gateway_answer(request));
    node_core_finish(shell->core, request);
    gateway_end(shell->gateway, &request);
}

static void send_push(struct node_shell *shell, struct push_out *push)
{
    send(shell, gateway_push(push));
    push_destroy(&push, &shell->budget.allocator);
}

static void order_work(struct node_shell *shell)
{
    struct index_order order;

    while (index_order_take(&shell->effects, &order))
        shell_order_index(shell, order);
}

static void propose(struct node_shell *shell)
{
    struct list_link *link;

    while ((link = list_take(&shell->effects.proposals)) != NULL) {
        struct proposal *proposal = LIST_ITEM(link, struct proposal, link);

        if (shell->replicas != NULL)
            shell_propose(shell, proposal);
        else
            shell_order_log(shell, (struct log_order){.type = LOG_APPEND,
                                                      .proposal = proposal});
    }
}

static void deliver(struct node_shell *shell)
{
    struct node_effects *effects = &shell->effects;
    struct list_link *link;

    while ((link = list_take(&effects->answers)) != NULL)
        send_answer(shell, LIST_ITEM(link, struct request, link));
    while ((link = list_take(&effects->pushes)) != NULL)
        send_push(shell, LIST_ITEM(link, struct push_out, link));
    while (effects->reply_count > 0) {
        struct node_reply reply = effects->replies[--effects->reply_count];

        send(shell, gateway_reply(reply.peer, &reply.message));
    }
}

/* Sending may find that a router has gone, and tell the core. */
void shell_act(struct node_shell *shell)
{
    while (shell->has_effects) {
        shell->has_effects = false;
        order_work(shell);
        propose(shell);
        deliver(shell);
    }
}

static void step(struct node_shell *shell, struct node_event event)
{
    shell_tell(shell, event);
    shell_act(shell);
}

/* ---- What happened ---- */

static void refuse_parcel(struct node_shell *shell, const struct parcel *parcel,
                          const struct message *envelope,
                          enum dalv_status status)
{
    struct parcel *refusal = gateway_refuse(parcel, envelope, status);

    if (refusal == NULL)
        return;
    send(shell, refusal);
    shell_act(shell);
}

void node_shell_set_watch_max(struct node_shell *shell, uint32_t watch_max)
{
    node_core_set_watch_max(shell->core, watch_max);
}

static void hear_parcel(struct node_shell *shell, const struct parcel *parcel)
{
    struct gateway_intake intake;
    enum dalv_status status =
        gateway_take(shell->gateway, parcel, loop_now_ms(shell->loop), &intake);

    shell->unreadable_count += status != DALV_OK && status != DALV_BUSY;
    if (status != DALV_OK)
        refuse_parcel(shell, parcel, &intake.message, status);
    else if (intake.request != NULL)
        step(shell, (struct node_event){.type = NODE_FORWARDED,
                                        .request = intake.request});
    else if (shell_hear_peer(shell, parcel, &intake.message))
        shell_act(shell);
    else
        step(shell, (struct node_event){.type = NODE_ROUTER_SENT,
                                        .peer = parcel_peer(parcel),
                                        .message = &intake.message});
}

bool node_shell_on_parcel(struct node_shell *shell, const struct endpoint *from,
                          struct parcel **parcel_p)
{
    if (shell_on_peer_parcel(shell, from, parcel_p)) {
        shell_act(shell);
        return true;
    }
    if (from != shell->endpoint)
        return false;
    hear_parcel(shell, *parcel_p);
    return true;
}

/* The index is durable up to the positions: older segments may go. */
static void release_segments(struct node_shell *shell)
{
    shell_note_wanted(shell);
    shell_order_log(
        shell, (struct log_order){
                   .type = LOG_RELEASE,
                   .release = {.flushed = shell->flushed,
                               .wanted = shell->wanted,
                               .bytes_max = shell->options.log_bytes_kept,
                               .partition_count = shell->store->partition_count,
                               .starts = shell->starts},
               });
}

/* The core lets the proposal go. */
static void on_applied(struct node_shell *shell,
                       const struct index_order *order)
{
    uint32_t partition = order->proposal->partition;
    uint64_t index = order->proposal->end.index;

    step(shell, index_order_event(order));
    if (shell->replicas == NULL)
        return;
    shell_on_replica_applied(shell, partition, index, 0);
    shell_act(shell);
}

static void on_page(struct node_shell *shell, struct page_order *page)
{
    shell_on_page(shell, page);
    page_order_destroy(&page);
    shell_act(shell);
}

static void on_index_done(struct node_shell *shell,
                          const struct index_order *order)
{
    if (order->status != DALV_OK) {
        give_up_index(shell, order->status);
        return;
    }
    switch (order->type) {
    case INDEX_APPLY:
        on_applied(shell, order);
        break;
    case INDEX_APPLY_ENTRIES:
        if (order->entries.is_unreadable)
            shell_on_entries_unreadable(shell, order->entries.partition);
        else
            shell_on_replica_applied(shell, order->entries.partition,
                                     order->entries.index_max,
                                     order->entries.time_us);
        shell_act(shell);
        break;
    case INDEX_PAGE:
        on_page(shell, order->page);
        break;
    case INDEX_PURGE:
        shell_on_purged(shell, order->is_purged);
        break;
    case INDEX_FETCH:
    case INDEX_READ:
    case INDEX_WATCH_READ:
    case INDEX_PATROL:
        step(shell, index_order_event(order));
        break;
    case INDEX_CHECKPOINT:
        release_segments(shell);
        break;
    case INDEX_SUM_ERASED:
        shell_on_erased_summed(shell, &order->erased);
        break;
    case INDEX_EXPUNGE:
        shell_on_index_expunged(shell);
        break;
    }
}

/* Not behind each sync: it would wake two threads for nothing to do. */
static void order_preparation(struct node_shell *shell)
{
    uint64_t now_ms = loop_now_ms(shell->loop);

    if (shell->is_prepare_ordered || now_ms < shell->prepare_due_ms)
        return;
    shell->is_prepare_ordered = true;
    shell->prepare_due_ms = now_ms + PREPARE_EVERY_MS;
    shell_order_log(shell, (struct log_order){.type = LOG_PREPARE});
}

static void on_logged(struct node_shell *shell, const struct log_order *order)
{
    shell->seal_due_ms = loop_now_ms(shell->loop) + SEAL_AFTER_MS;
    shell->log_bytes = order->log_bytes;
    metric_durations_add(&shell->metrics.syncs, order->sync_us);
    if (shell->replicas != NULL)
        shell_on_replica_logged(shell, order);
    else
        shell_tell(shell, (struct node_event){.type = NODE_COMMITTED,
                                              .proposal = order->proposal});
    shell_act(shell);
    order_preparation(shell);
    if (!shell->is_checkpoint_ordered &&
        order->log_bytes >=
            shell->checkpoint_bytes + shell->options.checkpoint_bytes)
        order_checkpoint(shell, order->log_bytes);
}

static void on_log_done(struct node_shell *shell, const struct log_order *order)
{
    if (order->status != DALV_OK) {
        shell_give_up(shell, order->status, "log");
        return;
    }
    switch (order->type) {
    case LOG_APPEND:
    case LOG_RECEIVE:
    case LOG_PROMISE:
    case LOG_SET_MEMBERS:
    case LOG_CUT:
    case LOG_MARK:
    case LOG_FORGET:
        on_logged(shell, order);
        break;
    case LOG_SET_CERTAIN:
        break;
    case LOG_PREPARE:
        shell->is_prepare_ordered = false;
        break;
    case LOG_SEAL:
        break;
    case LOG_TURN:
        shell_on_log_turned(shell);
        break;
    case LOG_RELEASE:
        shell->is_checkpoint_ordered = false;
        shell->checkpoint_bytes = order->log_bytes;
        shell->log_bytes = order->log_bytes;
        shell_note_starts(shell);
        shell_on_released(shell);
        break;
    }
}

static void on_read_done(struct node_shell *shell, struct read_order *order)
{
    shell_on_log_read(shell, order);
    shell_act(shell);
}

bool node_shell_on_job_done(struct node_shell *shell, const struct worker *from,
                            void *job)
{
    if (from == shell->index_worker)
        on_index_done(shell, job);
    else if (from == shell->log_worker)
        on_log_done(shell, job);
    else if (from == shell->read_worker && from != NULL)
        on_read_done(shell, job);
    else
        return false;
    free(job);
    return true;
}

void node_shell_on_batch_end(struct node_shell *shell, uint64_t now_ms)
{
    if (now_ms >= node_core_next_deadline_ms(shell->core))
        step(shell, (struct node_event){.type = NODE_TICKED});
    if (shell->has_events) {
        step(shell, (struct node_event){.type = NODE_ROUND_ENDED});
        shell->has_events = false;
    }
    if (shell->replicas != NULL) {
        shell_end_replicas_round(shell);
        shell_act(shell);
        shell_purge(shell, now_ms);
    }
    shell_look_for_erased(shell, now_ms);
    if (now_ms >= shell->seal_due_ms) {
        shell->seal_due_ms = UINT64_MAX;
        shell_order_log(shell, (struct log_order){.type = LOG_SEAL});
    }
}

uint64_t node_shell_next_deadline_ms(const struct node_shell *shell)
{
    uint64_t next_ms = node_core_next_deadline_ms(shell->core);

    if (shell->seal_due_ms < next_ms)
        next_ms = shell->seal_due_ms;
    if (shell->replicas != NULL && shell_next_beat_ms(shell) < next_ms)
        next_ms = shell_next_beat_ms(shell);
    if (shell->replicas != NULL && shell->replicas->purge_due_ms < next_ms)
        next_ms = shell->replicas->purge_due_ms;
    if (!shell->is_checkpoint_ordered &&
        expunger_next_ms(&shell->expunger) < next_ms)
        next_ms = expunger_next_ms(&shell->expunger);
    return next_ms;
}

struct endpoint *node_shell_endpoint(const struct node_shell *shell)
{
    return shell->endpoint;
}

const struct node_metrics *node_shell_metrics(const struct node_shell *shell)
{
    return &shell->metrics;
}

void node_shell_measure(struct node_shell *shell)
{
    const struct node_counters *counters = node_core_counters(shell->core);
    struct node_metrics *metrics = &shell->metrics;
    struct kv_cache_counters cache = kv_cache_counters(shell->store->entries);

    metric_counter_set(&metrics->requests, counters->requests);
    metric_counter_set(&metrics->refused, counters->refused);
    metric_counter_set(&metrics->unreadable, shell->unreadable_count);
    metric_counter_set(&metrics->reads, counters->reads);
    metric_counter_set(&metrics->stale_reads, counters->stale_reads);
    metric_counter_set(&metrics->records, counters->records);
    metric_counter_set(&metrics->turns, counters->turns);
    metric_gauge_set(&metrics->under_way,
                     (int64_t)node_core_under_way(shell->core));
    metric_gauge_set(&metrics->memory_bytes,
                     (int64_t)atomic_load(&shell->budget.bytes_used));
    metric_gauge_set(&metrics->log_bytes, (int64_t)shell->log_bytes);
    metric_gauge_set(&metrics->erasures_in_log, (int64_t)shell->expunger.count);
    metric_counter_set(&metrics->cache_hits, cache.hits);
    metric_counter_set(&metrics->cache_misses, cache.misses);
    metric_gauge_set(&metrics->cache_bytes, (int64_t)cache.bytes);
}

bool node_shell_is_idle(const struct node_shell *shell)
{
    return node_core_under_way(shell->core) == 0 &&
           worker_pending(shell->index_worker) == 0 &&
           worker_pending(shell->log_worker) == 0;
}
