/*
 * How the storage role begins and ends.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "node/shell_internal.h"

#include <stdlib.h>

enum {
    CHECKPOINT_BYTES_DEFAULT = 64 << 20,
    /* Of one worker: a request or a watch has one at a time. */
    ORDERS_MAX = NODE_REQUESTS_MAX + WATCHES_MAX + (1 << 16),
    ORDERS_BATCH_MAX = 1024, /* That it carries out in one go. */
    READS_MAX = 4096,        /* The same, of the log. */
    READS_BATCH_MAX = 16,
    REPLAYED_MUCH = 10000, /* Records: then a checkpoint is due soon. */
    USERS_MAX_DEFAULT = 65536,
    REFUSALS_MAX_DEFAULT = 524288,
    ROUTER_QUEUE_BYTES_MAX = 64 << 20,
};

/* The only replica leads all partitions. */
static void lead_all(struct node_shell *shell)
{
    for (uint32_t i = 0; i < shell->store->partition_count; i++)
        shell_tell(shell,
                   (struct node_event){.type = NODE_LED,
                                       .partition = i,
                                       .start = &shell->store->starts[i]});
}

/* Reads the log for other nodes. */
static enum dalv_status open_reader(struct node_shell *shell)
{
    struct worker_options options = {
        .name = "reader",
        .jobs_max = READS_MAX,
        .batch_max = READS_BATCH_MAX,
        .run = read_orders_run,
    };

    shell->reader = log_reader_open(shell->store->log);
    options.owner = shell->reader;
    return worker_create(&options, &shell->read_worker);
}

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

    if (status == DALV_OK)
        status = worker_create(&log_options, &shell->log_worker);
    if (status == DALV_OK && shell->replicas != NULL)
        status = open_reader(shell);
    return status;
}

static enum dalv_status join_cluster(struct node_shell *shell)
{
    enum dalv_status status =
        index_clerk_open_log(shell->clerk, shell->store->log);

    if (status != DALV_OK)
        return status;
    shell->peers = calloc(1, sizeof(*shell->peers));
    return shell->peers == NULL ? DALV_NO_MEMORY : shell_open_replicas(shell);
}

static bool may_read(void *owner, uint32_t partition)
{
    const struct node_shell *shell = owner;

    return shell->replicas == NULL ||
           replicator_may_read(shell->replicas->replicator, partition,
                               clock_boot_us());
}

/* Behind what is ordered to be applied here, a read sees all of it. */
static uint64_t staleness_us(void *owner, uint32_t partition)
{
    const struct node_shell *shell = owner;
    const struct replicator *replicator;

    if (shell->replicas == NULL)
        return UINT64_MAX;
    replicator = shell->replicas->replicator;
    if (shell->replicas->places[partition].ordered_index <
        replicator_commit_index(replicator, partition))
        return UINT64_MAX;
    return replicator_staleness_us(replicator, partition, clock_boot_us());
}

static void who_leads(void *owner, uint32_t partition, uint64_t *out_epoch,
                      uint32_t *out_node)
{
    const struct node_shell *shell = owner;
    const struct partition_record *record =
        shell->replicas == NULL
            ? NULL
            : replicator_record(shell->replicas->replicator, partition);

    *out_epoch = record == NULL ? 0 : record->epoch;
    *out_node =
        record == NULL || record->master.node == shell->options.self.node
            ? 0
            : record->master.node;
}

static enum dalv_status make_parts(struct node_shell *shell)
{
    const struct node_shell_options *options = &shell->options;
    uint32_t partition_count = shell->store->partition_count;
    const struct node_options core_options = {
        .number = options->self.node,
        .node_id = options->node_id,
        .cluster_id = options->cluster_id,
        .policy = options->policy,
        .boot_id = options->boot_id,
        .seed = options->seed,
        .partition_count = partition_count,
        .user_max = options->user_max,
        .client_max = options->client_max,
        .refusal_max = options->refusal_max,
        .waiting_bytes_max = options->waiting_bytes_max,
        .token_judge = options->token_judge,
        .may_read = may_read,
        .staleness_us = staleness_us,
        .who_leads = who_leads,
        .owner = shell,
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
    return member_is_set(&options->self) ? join_cluster(shell) : DALV_OK;
}

/*
 * From where on the log counts until the next checkpoint. What had to be
 * replayed would have to be again: else a server that dies often would start
 * more slowly each time.
 */
static uint64_t checkpoint_begin(const struct node_store *store)
{
    return store->replayed_count < REPLAYED_MUCH ? commit_log_bytes(store->log)
                                                 : 0;
}

static enum dalv_status open_endpoint(struct node_shell *shell)
{
    const struct endpoint_options options = {
        .role = ENDPOINT_FOR_SERVERS,
        .address = shell->options.address,
        .keys = shell->options.keys,
        .queue_bytes_max = ROUTER_QUEUE_BYTES_MAX,
    };

    return endpoint_open(&options, &shell->endpoint);
}

static void set_defaults(struct node_shell_options *options)
{
    if (options->checkpoint_bytes == 0)
        options->checkpoint_bytes = CHECKPOINT_BYTES_DEFAULT;
    if (options->user_max == 0)
        options->user_max = USERS_MAX_DEFAULT;
    if (options->refusal_max == 0)
        options->refusal_max = REFUSALS_MAX_DEFAULT;
}

enum dalv_status node_shell_open(const struct node_shell_options *options,
                                 struct loop *loop,
                                 struct node_shell **out_shell)
{
    struct node_shell *shell = calloc(1, sizeof(*shell));
    enum dalv_status status;

    ASSERT(shell != NULL);
    shell->options = *options;
    set_defaults(&shell->options);
    shell->store = options->store;
    shell->loop = loop;
    shell->checkpoint_bytes = checkpoint_begin(shell->store);
    shell->seal_due_ms = loop_now_ms(loop);
    budget_init(&shell->budget, options->memory_bytes_max);
    expunger_init(&shell->expunger, options->erased_kept_us, loop_now_ms(loop));
    node_effects_init(&shell->effects);
    status = make_parts(shell);
    if (status == DALV_OK)
        status = open_workers(shell);
    if (status == DALV_OK)
        status = open_endpoint(shell);
    if (status != DALV_OK) {
        (void)node_shell_close(&shell);
        return status;
    }
    loop_add_endpoint(loop, shell->endpoint);
    loop_add_worker(loop, shell->index_worker);
    loop_add_worker(loop, shell->log_worker);
    if (shell->replicas == NULL)
        lead_all(shell);
    else
        loop_add_worker(loop, shell->read_worker);
    *out_shell = shell;
    return DALV_OK;
}

/* ---- The end ---- */

/* What a job alone holds: nobody else knows of it. */

static void drop_index_job(struct node_shell *shell, void *job)
{
    struct index_order *order = job;

    (void)shell;
    if (order->type == INDEX_PAGE)
        page_order_destroy(&order->page);
}

/* A turn's proposal is still the core's. */
static void drop_log_job(struct node_shell *shell, void *job)
{
    struct log_order *order = job;

    if (order->type == LOG_RECEIVE)
        delivery_release(&order->received.delivery);
    else if (order->type == LOG_SET_MEMBERS ||
             (order->type == LOG_APPEND && order->proposal->is_epoch_start))
        proposal_destroy(&order->proposal, &shell->budget.allocator);
}

static void drop_read_job(struct node_shell *shell, void *job)
{
    struct read_order *order = job;

    (void)shell;
    log_entries_deinit(&order->entries);
}

/* What is done by now is not told any more; jobs end without their owner. */
static void close_worker(struct node_shell *shell, struct worker **worker_p,
                         void (*drop)(struct node_shell *shell, void *job))
{
    void *job;

    if (*worker_p == NULL)
        return;
    worker_stop(*worker_p);
    while (worker_collect(*worker_p, &job, 1) > 0) {
        drop(shell, job);
        free(job);
    }
    loop_remove_worker(shell->loop, *worker_p);
    worker_destroy(worker_p);
}

/* Orders that nobody waited for may have failed, or the last one does. */
static void seal_log(struct node_shell *shell)
{
    enum dalv_status status;

    if (shell->failure != DALV_OK)
        return;
    status = commit_log_seal(shell->store->log);
    if (status != DALV_OK)
        shell_give_up(shell, status, "log");
}

enum dalv_status node_shell_close(struct node_shell **shell_p)
{
    struct node_shell *shell = *shell_p;
    enum dalv_status failure;
    enum dalv_status status;
    bool is_clean;

    *shell_p = NULL;
    if (shell == NULL)
        return DALV_OK;
    close_worker(shell, &shell->log_worker, drop_log_job);
    seal_log(shell);
    failure = shell->failure;
    is_clean = failure == DALV_OK && shell->core != NULL &&
               node_core_is_at_rest(shell->core);
    close_worker(shell, &shell->index_worker, drop_index_job);
    close_worker(shell, &shell->read_worker, drop_read_job);
    shell_close_peers(shell);
    if (shell->endpoint != NULL) {
        loop_remove_endpoint(shell->loop, shell->endpoint);
        endpoint_close(&shell->endpoint);
    }
    log_reader_close(&shell->reader);
    if (shell->clerk != NULL)
        index_clerk_close_log(shell->clerk);
    shell_close_replicas(shell, is_clean);
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
    free(shell->peers);
    free(shell);
    return failure;
}
