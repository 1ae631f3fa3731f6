#include "node/shell_internal.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "storage/kv_cache.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    /* Of one worker: a request or a watch has one at a time. */
    ORDERS_MAX = NODE_REQUESTS_MAX + WATCHES_MAX + (1 << 16),
    ORDERS_BATCH_MAX = 1024,           /* That it carries out in one go. */
    SEAL_AFTER_MS = 200,               /* Of silence. */
    USERS_MAX = 65536,                 /* With work under way. */
    REFUSALS_MAX = 524288,             /* Remembered: a minute's. */
    CHECKPOINT_EVERY_BYTES = 64 << 20, /* Of log. */
    ROUTER_QUEUE_BYTES_MAX = 64 << 20,
};

/* ---- Orders to workers ---- */

static void give_up(struct node_shell *shell, enum dalv_status status,
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
    give_up(shell, status, "index");
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
static void tell(struct node_shell *shell, struct node_event event)
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
    tell(shell, (struct node_event){.type = NODE_ROUTER_LOST, .peer = peer});
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

    while ((link = list_take(&shell->effects.proposals)) != NULL)
        shell_order_log(shell,
                        (struct log_order){
                            .type = LOG_APPEND,
                            .proposal = LIST_ITEM(link, struct proposal, link),
                        });
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
static void act(struct node_shell *shell)
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
    tell(shell, event);
    act(shell);
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
    act(shell);
}

void node_shell_set_watch_max(struct node_shell *shell, uint32_t watch_max)
{
    node_core_set_watch_max(shell->core, watch_max);
}

bool node_shell_on_parcel(struct node_shell *shell, const struct endpoint *from,
                          struct parcel **parcel_p)
{
    struct gateway_intake intake;
    enum dalv_status status;

    if (from != shell->endpoint)
        return false;
    status = gateway_take(shell->gateway, *parcel_p, loop_now_ms(shell->loop),
                          &intake);
    shell->unreadable_count += status != DALV_OK && status != DALV_BUSY;
    if (status != DALV_OK)
        refuse_parcel(shell, *parcel_p, &intake.message, status);
    else if (intake.request != NULL)
        step(shell, (struct node_event){.type = NODE_FORWARDED,
                                        .request = intake.request});
    else
        step(shell, (struct node_event){.type = NODE_ROUTER_SENT,
                                        .peer = parcel_peer(*parcel_p),
                                        .message = &intake.message});
    return true;
}

/* The index is durable up to the positions: older segments may go. */
static void release_segments(struct node_shell *shell)
{
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

static void on_index_done(struct node_shell *shell,
                          const struct index_order *order)
{
    if (order->status != DALV_OK) {
        give_up_index(shell, order->status);
        return;
    }
    switch (order->type) {
    case INDEX_FETCH:
    case INDEX_APPLY:
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

static void on_logged(struct node_shell *shell, const struct log_order *order)
{
    shell->seal_due_ms = loop_now_ms(shell->loop) + SEAL_AFTER_MS;
    shell->log_bytes = order->log_bytes;
    metric_durations_add(&shell->metrics.syncs, order->sync_us);
    step(shell, (struct node_event){.type = NODE_COMMITTED,
                                    .proposal = order->proposal});
    if (!shell->is_prepare_ordered) {
        shell->is_prepare_ordered = true;
        shell_order_log(shell, (struct log_order){.type = LOG_PREPARE});
    }
    if (!shell->is_checkpoint_ordered &&
        order->log_bytes >= shell->checkpoint_bytes + CHECKPOINT_EVERY_BYTES)
        order_checkpoint(shell, order->log_bytes);
}

static void on_log_done(struct node_shell *shell, const struct log_order *order)
{
    if (order->status != DALV_OK) {
        give_up(shell, order->status, "log");
        return;
    }
    switch (order->type) {
    case LOG_APPEND:
        on_logged(shell, order);
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
        shell_on_released(shell);
        break;
    }
}

bool node_shell_on_job_done(struct node_shell *shell, const struct worker *from,
                            void *job)
{
    if (from == shell->index_worker)
        on_index_done(shell, job);
    else if (from == shell->log_worker)
        on_log_done(shell, job);
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
    struct kv_cache_counters cache = kv_cache_counters(shell->store->kv);

    metric_counter_set(&metrics->requests, counters->requests);
    metric_counter_set(&metrics->refused, counters->refused);
    metric_counter_set(&metrics->unreadable, shell->unreadable_count);
    metric_counter_set(&metrics->reads, counters->reads);
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

enum dalv_status node_shell_failure(const struct node_shell *shell)
{
    return shell->failure;
}

/* The only replica leads all partitions. */
static void lead_all(struct node_shell *shell)
{
    for (uint32_t i = 0; i < shell->store->partition_count; i++)
        tell(shell, (struct node_event){.type = NODE_LED,
                                        .partition = i,
                                        .start = &shell->store->starts[i]});
}

/* ---- Life ---- */

static enum dalv_status open_workers(struct node_shell *shell)
{
    const struct worker_options index_options = {
        .name = "index",
        .jobs_max = ORDERS_MAX,
        .batch_max = ORDERS_BATCH_MAX,
        .owner = shell->clerk,
        .run = index_clerk_run,
    };
    const struct worker_options log_options = {
        .name = "log",
        .jobs_max = ORDERS_MAX,
        .batch_max = ORDERS_BATCH_MAX,
        .owner = shell->store->log,
        .run = log_orders_run,
    };
    enum dalv_status status =
        worker_create(&index_options, &shell->index_worker);

    return status == DALV_OK ? worker_create(&log_options, &shell->log_worker)
                             : status;
}

static enum dalv_status make_parts(struct node_shell *shell)
{
    const struct node_shell_options *options = &shell->options;
    uint32_t partition_count = shell->store->partition_count;
    const struct node_options core_options = {
        .node_id = options->node_id,
        .cluster_id = options->cluster_id,
        .policy = options->policy,
        .boot_id = options->boot_id,
        .seed = options->seed,
        .partition_count = partition_count,
        .user_max = USERS_MAX,
        .client_max = options->client_max,
        .refusal_max = REFUSALS_MAX,
        .waiting_bytes_max = options->waiting_bytes_max,
        .token_judge = options->token_judge,
        .allocator = &shell->budget.allocator,
    };

    shell->gateway = malloc(sizeof(*shell->gateway));
    shell->clerk = malloc(sizeof(*shell->clerk));
    shell->flushed = calloc(partition_count, sizeof(*shell->flushed));
    shell->wanted = calloc(partition_count, sizeof(*shell->wanted));
    shell->starts = calloc(partition_count, sizeof(*shell->starts));
    shell->core = node_core_create(&core_options);
    if (shell->gateway == NULL || shell->clerk == NULL ||
        shell->flushed == NULL || shell->wanted == NULL ||
        shell->starts == NULL || shell->core == NULL)
        return DALV_NO_MEMORY;
    for (uint32_t i = 0; i < partition_count; i++)
        shell->starts[i] = commit_log_partition(shell->store->log, i)->start;
    gateway_init(shell->gateway,
                 &(struct gateway_options){
                     .allocator = &shell->budget.allocator,
                     .request_bytes_max = options->request_bytes_max,
                     .client_bytes_max = options->client_bytes_max,
                     .answer_bytes_max = options->answer_bytes_max,
                 });
    index_clerk_init(shell->clerk, shell->store->index, partition_count,
                     &shell->budget.allocator);
    return DALV_OK;
}

static enum dalv_status open_endpoint(struct node_shell *shell)
{
    const struct endpoint_options options = {
        .role = ENDPOINT_FOR_SERVERS,
        .address = shell->options.address,
        .queue_bytes_max = ROUTER_QUEUE_BYTES_MAX,
    };

    return endpoint_open(&options, &shell->endpoint);
}

enum dalv_status node_shell_open(const struct node_shell_options *options,
                                 struct loop *loop,
                                 struct node_shell **out_shell)
{
    struct node_shell *shell = calloc(1, sizeof(*shell));
    enum dalv_status status;

    ASSERT(shell != NULL);
    shell->options = *options;
    shell->store = options->store;
    shell->loop = loop;
    shell->checkpoint_bytes = commit_log_bytes(shell->store->log);
    shell->seal_due_ms = loop_now_ms(loop) + SEAL_AFTER_MS;
    budget_init(&shell->budget, options->memory_bytes_max);
    expunger_init(&shell->expunger, options->erased_kept_us, loop_now_ms(loop));
    node_effects_init(&shell->effects);
    status = make_parts(shell);
    if (status == DALV_OK)
        status = open_workers(shell);
    if (status == DALV_OK)
        status = open_endpoint(shell);
    if (status != DALV_OK) {
        node_shell_close(&shell);
        return status;
    }
    loop_add_endpoint(loop, shell->endpoint);
    loop_add_worker(loop, shell->index_worker);
    loop_add_worker(loop, shell->log_worker);
    lead_all(shell);
    *out_shell = shell;
    return DALV_OK;
}

/* What is done by now is not told any more; jobs end without their owner. */
static void close_worker(struct node_shell *shell, struct worker **worker_p)
{
    void *job;

    if (*worker_p == NULL)
        return;
    worker_stop(*worker_p);
    while (worker_collect(*worker_p, &job, 1) > 0)
        free(job);
    loop_remove_worker(shell->loop, *worker_p);
    worker_destroy(worker_p);
}

void node_shell_close(struct node_shell **shell_p)
{
    struct node_shell *shell = *shell_p;
    enum dalv_status status;
    bool is_clean;

    *shell_p = NULL;
    if (shell == NULL)
        return;
    is_clean = shell->failure == DALV_OK && shell->core != NULL &&
               node_core_is_at_rest(shell->core);
    close_worker(shell, &shell->log_worker);
    close_worker(shell, &shell->index_worker);
    if (shell->endpoint != NULL) {
        loop_remove_endpoint(shell->loop, shell->endpoint);
        endpoint_close(&shell->endpoint);
    }
    /* What was under way is left to the process's end. */
    if (is_clean)
        node_core_destroy(&shell->core);
    status = node_store_close(&shell->store, is_clean);
    if (status != DALV_OK)
        LOG(LOG_WARNING, "index_not_flushed",
            log_text("status", status_text(status)),
            log_text("note", "nothing is lost: the next start replays more"));
    if (shell->gateway != NULL)
        gateway_deinit(shell->gateway);
    free(shell->gateway);
    free(shell->clerk);
    free(shell->flushed);
    free(shell->wanted);
    free(shell->starts);
    free(shell);
}
