/*
 * Carries out what the replicator decides: it stands between the core, which
 * proposes, and the log and the index.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "node/shell_internal.h"
#include "replication/epoch_start.h"
#include "storage/record.h"

#include <stdlib.h>

enum {
    US_PER_MS = 1000,
    EPOCH_START_TIME_BYTES = 8,
    /* A slave refuses seals so long after it heard its master. */
    LEASE_US = 600 * 1000,
    BEAT_US = 100 * 1000,
    SILENCE_US = 800 * 1000,
    CREDIT_BYTES = 8 << 20, /* Under way from one master. */
};

/* ---- Orders to the log ---- */

static struct log_order order_of(const struct node_shell *shell,
                                 enum log_order_type type,
                                 const struct replicator_effect *effect)
{
    return (struct log_order){
        .type = type,
        .ticket = effect->ticket,
        .partition = effect->partition,
        .epoch = effect->epoch,
        .index = effect->index,
        .position = effect->position,
        .applied_index =
            shell->replicas->places[effect->partition].ordered_index,
    };
}

static void order(struct node_shell *shell, enum log_order_type type,
                  const struct replicator_effect *effect,
                  struct proposal *proposal)
{
    struct log_order made = order_of(shell, type, effect);

    made.proposal = proposal;
    shell_order_log(shell, made);
}

/* A copy for the log's thread, which outlives what it is copied from. */
static struct proposal *carry(struct node_shell *shell, struct bytes bytes)
{
    struct proposal *proposal =
        proposal_create(&shell->budget.allocator, bytes);

    /* Some hundred bytes, which cannot be left out. */
    ASSERT(proposal != NULL);
    return proposal;
}

/* What a master sent stays where it is while the log reads it. */
static void receive(struct node_shell *shell,
                    const struct replicator_effect *effect)
{
    struct replicas *replicas = shell->replicas;
    struct log_order made = order_of(shell, LOG_RECEIVE, effect);

    ASSERT(replicas->hearing != NULL);
    if (replicas->delivery == NULL)
        replicas->delivery = delivery_create(replicas->hearing);
    delivery_hold(replicas->delivery);
    made.partition = effect->run.partition;
    made.epoch = replicator_record(replicas->replicator, made.partition)->epoch;
    made.received.entries = effect->run.bytes;
    made.received.delivery = replicas->delivery;
    shell_order_log(shell, made);
}

static void append(struct node_shell *shell,
                   const struct replicator_effect *effect)
{
    const struct entry_run *run = &effect->run;
    struct proposal *proposal = shell->replicas->proposing;

    if (proposal != NULL && run->bytes.data == proposal->bytes) {
        shell->replicas->proposing = NULL;
        order(shell, LOG_APPEND, effect, proposal);
        return;
    }
    receive(shell, effect);
}

/* ---- Commits ---- */

static void order_entries(struct node_shell *shell, uint32_t partition,
                          uint64_t index)
{
    struct replica_place *place = &shell->replicas->places[partition];

    if (index <= place->ordered_index)
        return;
    place->ordered_index = index;
    shell_order_index(
        shell, (struct index_order){
                   .type = INDEX_APPLY_ENTRIES,
                   .entries = {.partition = partition, .index_max = index},
               });
}

/* The first entry of what a proposal's turn has proposed. */
static uint64_t first_index(const struct proposal *proposal)
{
    return proposal->turn != NULL ? proposal->turn->first_index
                                  : proposal->before.index + 1;
}

static void commit(struct node_shell *shell, uint32_t partition, uint64_t index)
{
    struct replica_place *place = &shell->replicas->places[partition];

    while (!list_is_empty(&place->proposals)) {
        struct proposal *proposal =
            LIST_ITEM(place->proposals.first, struct proposal, link);

        if (proposal->end.index > index)
            return;
        (void)list_take(&place->proposals);
        order_entries(shell, partition, first_index(proposal) - 1);
        if (proposal->turn != NULL)
            place->ordered_index = proposal->end.index;
        shell_tell(shell, (struct node_event){.type = NODE_COMMITTED,
                                              .proposal = proposal});
    }
    order_entries(shell, partition, index);
}

/* ---- Leading ---- */

/* The entry that begins the epoch: when, and what replication says of it. */
static void begin(struct node_shell *shell,
                  const struct replicator_effect *effect)
{
    struct replica_place *place = &shell->replicas->places[effect->partition];
    uint8_t payload[EPOCH_START_TIME_BYTES + EPOCH_START_BYTES_MAX];
    uint8_t encoded[RECORD_HEADER_BYTES + sizeof(payload)];
    uint64_t now_us = clock_wall_us();
    struct record record = {
        .type = RECORD_EPOCH_START,
        .partition = effect->partition,
        .position = {.epoch = effect->epoch,
                     .index = effect->position.index + 1},
        .previous_crc = effect->position.crc,
    };
    struct proposal *proposal;
    struct writer writer;
    enum dalv_status status;

    writer_init(&writer, payload, sizeof(payload));
    writer_u64(&writer, now_us > place->time_us ? now_us : place->time_us);
    writer_bytes_put(&writer, effect->content);
    record.payload = writer_bytes(&writer);
    writer_init(&writer, encoded, sizeof(encoded));
    status = record_encode(&record, &writer);
    ASSERT(status == DALV_OK);
    proposal = carry(shell, writer_bytes(&writer));
    proposal->partition = effect->partition;
    proposal->before = effect->position;
    proposal->end = record.position;
    proposal->record_count = 1;
    proposal->is_epoch_start = true;
    place->begun = record.position;
    list_append(&shell->replicas->begun, &proposal->link);
}

static struct entry_run run_of(const struct proposal *proposal)
{
    return (struct entry_run){
        .partition = proposal->partition,
        .before = proposal->before,
        .end = proposal->end,
        .bytes = proposal_bytes(proposal),
    };
}

static void lead(struct node_shell *shell,
                 const struct replicator_effect *effect)
{
    const struct replica_place *place =
        &shell->replicas->places[effect->partition];
    const struct appender_start start = {
        .end = place->begun,
        .epoch = effect->epoch,
        .time_us = place->time_us,
    };

    LOG(LOG_DEBUG, "leading", log_u64("partition", effect->partition),
        log_u64("epoch", effect->epoch));
    shell_tell(shell, (struct node_event){.type = NODE_LED,
                                          .partition = effect->partition,
                                          .start = &start});
}

static void rest(struct node_shell *shell, uint32_t partition)
{
    shell_tell(shell, (struct node_event){.type = NODE_RESTED,
                                          .partition = partition});
}

static void abandon(struct node_shell *shell, struct proposal *proposal)
{
    shell_tell(shell, (struct node_event){.type = NODE_ABANDONED,
                                          .proposal = proposal});
}

/* What the log still reads from is abandoned once it has it. */
static void depose(struct node_shell *shell, uint32_t partition)
{
    struct replica_place *place = &shell->replicas->places[partition];
    struct list_link *link;

    LOG(LOG_DEBUG, "deposed", log_u64("partition", partition));
    rest(shell, partition);
    while ((link = list_take(&place->proposals)) != NULL) {
        struct proposal *proposal = LIST_ITEM(link, struct proposal, link);

        proposal->is_abandoned = true;
        if (proposal->is_logged)
            abandon(shell, proposal);
    }
}

/* ---- Effects ---- */

static void step(struct node_shell *shell, struct replicator_event event)
{
    event.now_us = clock_boot_us();
    replicator_step(shell->replicas->replicator, &event,
                    shell->replicas->effects);
}

static void order_log_for(struct node_shell *shell,
                          const struct replicator_effect *effect)
{
    switch ((int)effect->type) {
    case REPLICATOR_APPEND:
        append(shell, effect);
        break;
    case REPLICATOR_PROMISE:
        order(shell, LOG_PROMISE, effect, NULL);
        break;
    case REPLICATOR_MEMBERS:
        order(shell, LOG_SET_MEMBERS, effect, carry(shell, effect->content));
        break;
    case REPLICATOR_CUT:
        order(shell, LOG_CUT, effect, NULL);
        break;
    case REPLICATOR_MARK: /* What is before it comes by a snapshot. */
        order(shell, LOG_MARK, effect, NULL);
        shell->replicas->places[effect->partition].ordered_index =
            effect->position.index;
        shell->replicas->places[effect->partition].start = effect->position;
        break;
    default:
        order(shell, LOG_FORGET, effect, NULL);
        shell_forget_place(shell, effect->partition);
        break;
    }
}

static void tell_core(struct node_shell *shell,
                      const struct replicator_effect *effect)
{
    switch ((int)effect->type) {
    case REPLICATOR_BEGIN:
        begin(shell, effect);
        break;
    case REPLICATOR_LEAD:
        lead(shell, effect);
        break;
    case REPLICATOR_STALL:
        rest(shell, effect->partition);
        break;
    case REPLICATOR_DEPOSE:
        depose(shell, effect->partition);
        break;
    default:
        commit(shell, effect->partition, effect->index);
        break;
    }
}

static void carry_out(struct node_shell *shell,
                      const struct replicator_effect *effect)
{
    switch (effect->type) {
    case REPLICATOR_APPEND:
    case REPLICATOR_PROMISE:
    case REPLICATOR_MEMBERS:
    case REPLICATOR_CUT:
    case REPLICATOR_MARK:
    case REPLICATOR_FORGET:
        order_log_for(shell, effect);
        break;
    case REPLICATOR_BEGIN:
    case REPLICATOR_LEAD:
    case REPLICATOR_STALL:
    case REPLICATOR_DEPOSE:
    case REPLICATOR_COMMIT:
        tell_core(shell, effect);
        break;
    case REPLICATOR_READ_LOG:
    case REPLICATOR_READ_PAGE:
    case REPLICATOR_BEGIN_PAGES:
    case REPLICATOR_STORE_PAGE:
    case REPLICATOR_ADOPT:
        shell_read_for_peer(shell, effect);
        break;
    case REPLICATOR_SEND:
    case REPLICATOR_REPLY:
        shell_send_to_peer(shell, effect);
        break;
    case REPLICATOR_DAMAGED:
        LOG(LOG_ERROR, "replica_damaged",
            log_u64("partition", effect->partition),
            log_text("note", "another copy of it takes its place"));
        shell_read_for_peer(shell, effect);
        break;
    case REPLICATOR_EXPEL:
        LOG(LOG_INFO, "replica_expelled",
            log_u64("partition", effect->partition));
        shell_read_for_peer(shell, effect);
        break;
    case REPLICATOR_CERTAIN:
        shell_order_log(shell, (struct log_order){.type = LOG_SET_CERTAIN});
        break;
    }
}

static void carry_out_all(struct node_shell *shell)
{
    struct replicator_effects *effects = shell->replicas->effects;
    bool is_more = false;

    do {
        if (is_more)
            step(shell,
                 (struct replicator_event){.type = REPLICATOR_ROUND_ENDED});
        for (size_t i = 0; i < effects->count; i++)
            carry_out(shell, &effects->items[i]);
        is_more = effects->is_more;
        replicator_effects_clear(effects);
    } while (is_more);
}

/* False if it came too late: the partition is not led any more. */
static bool is_taken(struct node_shell *shell, struct proposal *proposal)
{
    struct replicas *replicas = shell->replicas;
    bool is_taken_now;

    replicas->proposing = proposal;
    step(shell, (struct replicator_event){.type = REPLICATOR_PROPOSED,
                                          .run = run_of(proposal)});
    carry_out_all(shell);
    is_taken_now = replicas->proposing == NULL;
    replicas->proposing = NULL;
    return is_taken_now;
}

/* They were made while effects were carried out. */
static void propose_begun(struct node_shell *shell)
{
    struct list_link *link;

    while ((link = list_take(&shell->replicas->begun)) != NULL) {
        struct proposal *proposal = LIST_ITEM(link, struct proposal, link);

        if (!is_taken(shell, proposal))
            proposal_destroy(&proposal, &shell->budget.allocator);
    }
}

void shell_replicate(struct node_shell *shell, struct replicator_event event)
{
    step(shell, event);
    carry_out_all(shell);
    propose_begun(shell);
}

/* ---- What happened ---- */

void shell_propose(struct node_shell *shell, struct proposal *proposal)
{
    struct replica_place *place = &shell->replicas->places[proposal->partition];

    list_append(&place->proposals, &proposal->link);
    if (is_taken(shell, proposal))
        return;
    /* Its partition was deposed: nothing else waits there. */
    (void)list_take(&place->proposals);
    ASSERT(list_is_empty(&place->proposals));
    abandon(shell, proposal);
}

/* Now that the log reads them no more: true if nobody waits for records that
   were decided here. */
static bool is_over(const struct log_order *order)
{
    const struct proposal *proposal = order->proposal;

    return order->type == LOG_SET_MEMBERS ||
           (order->type == LOG_APPEND &&
            (proposal->is_epoch_start || proposal->is_abandoned));
}

static void end_proposal(struct node_shell *shell, struct proposal *proposal)
{
    if (proposal->is_abandoned)
        abandon(shell, proposal);
    else
        proposal_destroy(&proposal, &shell->budget.allocator);
}

/* Once, until the partition's log takes something again. */
static void tell_refusal(struct node_shell *shell,
                         const struct log_order *order)
{
    struct replica_place *place = &shell->replicas->places[order->partition];
    bool is_told = place->is_refusal_told;

    if (order->type == LOG_APPEND || order->type == LOG_SET_MEMBERS)
        return;
    place->is_refusal_told = order->refusal != DALV_OK;
    if (is_told || !place->is_refusal_told)
        return;
    LOG(LOG_WARNING, "log_refused", log_u64("partition", order->partition),
        log_text("status", status_text(order->refusal)),
        log_u64("end", order->position.index),
        log_u64("promised", order->promised));
}

static struct replicator_event outcome(const struct log_order *order)
{
    if (order->refusal != DALV_OK)
        return (struct replicator_event){.type = REPLICATOR_REFUSED,
                                         .ticket = order->ticket,
                                         .partition = order->partition,
                                         .status = order->refusal,
                                         .position = order->position,
                                         .promised = order->promised};
    if (order->type == LOG_CUT)
        return (struct replicator_event){.type = REPLICATOR_CUT_DONE,
                                         .partition = order->partition,
                                         .position = order->position};
    return (struct replicator_event){.type = REPLICATOR_LOGGED,
                                     .ticket = order->ticket};
}

void shell_on_replica_logged(struct node_shell *shell,
                             const struct log_order *order)
{
    struct delivery *delivery = order->received.delivery;
    bool is_proposal_over = is_over(order);

    tell_refusal(shell, order);
    if (order->type == LOG_APPEND)
        order->proposal->is_logged = true;
    shell_replicate(shell, outcome(order));
    if (is_proposal_over)
        end_proposal(shell, order->proposal);
    if (order->type == LOG_RECEIVE)
        delivery_release(&delivery);
}

void shell_on_replica_applied(struct node_shell *shell, uint32_t partition,
                              uint64_t index, uint64_t time_us)
{
    struct replica_place *place = &shell->replicas->places[partition];

    if (time_us > place->time_us)
        place->time_us = time_us;
    shell_replicate(shell, (struct replicator_event){
                               .type = REPLICATOR_APPLIED,
                               .partition = partition,
                               .index = index,
                           });
}

void shell_end_replicas_round(struct node_shell *shell)
{
    shell_replicate(shell,
                    (struct replicator_event){.type = REPLICATOR_ROUND_ENDED});
}

uint64_t shell_next_beat_ms(const struct node_shell *shell)
{
    return replicator_next_us(shell->replicas->replicator) / US_PER_MS + 1;
}

/* ---- Life ---- */

static enum dalv_status add(struct node_shell *shell, uint32_t partition)
{
    const struct log_partition *log =
        commit_log_partition(shell->store->log, partition);
    struct replica_place *place = &shell->replicas->places[partition];
    struct epochs_item epochs[LOG_EPOCHS_MAX];
    const struct replicator_start start = {
        .start = log->start,
        .end = log->end,
        .applied_index = index_applied(shell->store->index, partition).index,
        .promised = log->promised,
        .epochs = epochs,
        .epoch_count = log->epoch_count,
        .members = bytes_make(log->members, log->members_size),
        .is_not_whole = !node_store_is_whole(shell->store, partition),
        .is_doubtful = log->health == LOG_DOUBTFUL,
    };

    list_init(&place->proposals);
    place->ordered_index = start.applied_index;
    place->time_us = index_time_us(shell->store->index, partition);
    place->start = log->start;
    if (log->end.index == 0 && log->promised == 0)
        return DALV_OK; /* Nothing was ever held of it. */
    for (size_t i = 0; i < log->epoch_count; i++)
        epochs[i] =
            (struct epochs_item){.epoch = log->epochs[i].epoch,
                                 .first_index = log->epochs[i].first_index};
    return replicator_add(shell->replicas->replicator, partition, &start);
}

enum dalv_status shell_open_replicas(struct node_shell *shell)
{
    const struct node_shell_options *options = &shell->options;
    const struct replicator_options replicator_options = {
        .self = options->self,
        .boot_id = options->boot_id,
        .cluster_id = options->cluster_id,
        .partition_count = shell->store->partition_count,
        .now_us = clock_boot_us(),
        .lease_us = LEASE_US,
        .beat_us = BEAT_US,
        .silence_us = SILENCE_US,
        .credit_bytes = CREDIT_BYTES,
        .is_uncertain = commit_log_is_uncertain(shell->store->log),
        .allocator = &shell->budget.allocator,
    };
    struct replicas *replicas = calloc(1, sizeof(*replicas));
    enum dalv_status status = DALV_OK;

    ASSERT(replicas != NULL);
    shell->replicas = replicas;
    list_init(&replicas->begun);
    replicas->purge_due_ms = loop_now_ms(shell->loop);
    replicas->places =
        calloc(shell->store->partition_count, sizeof(*replicas->places));
    replicas->effects = malloc(sizeof(*replicas->effects));
    replicas->replicator = replicator_create(&replicator_options);
    if (replicas->places == NULL || replicas->effects == NULL ||
        replicas->replicator == NULL)
        return DALV_NO_MEMORY;
    replicator_effects_clear(replicas->effects);
    for (uint32_t i = 0; status == DALV_OK && i < shell->store->partition_count;
         i++)
        status = add(shell, i);
    return status;
}

/* What waits to be committed is left to the process's end. */
void shell_close_replicas(struct node_shell *shell, bool is_at_rest)
{
    struct replicas *replicas = shell->replicas;

    shell->replicas = NULL;
    if (replicas == NULL)
        return;
    if (is_at_rest && replicas->replicator != NULL)
        replicator_destroy(&replicas->replicator);
    free(replicas->effects);
    free(replicas->places);
    free(replicas);
}
