#include "node/index_orders.h"

#include "base/assert.h"
#include "net/account.h"
#include "node/chore_reader.h"
#include "node/watch_reader.h"

enum {
    PURGE_ENTRIES = 2000, /* Removed by one order. */
};

bool index_order_take(struct node_effects *effects,
                      struct index_order *out_order)
{
    struct list_link *link;

    *out_order = (struct index_order){.type = INDEX_APPLY};
    if ((link = list_take(&effects->applies)) != NULL) {
        out_order->proposal = LIST_ITEM(link, struct proposal, link);
    } else if ((link = list_take(&effects->reads)) != NULL) {
        out_order->type = INDEX_READ;
        out_order->request = LIST_ITEM(link, struct request, link);
    } else if ((link = list_take(&effects->watch_reads)) != NULL) {
        out_order->type = INDEX_WATCH_READ;
        out_order->watch = LIST_ITEM(link, struct watch, link);
    } else if ((link = list_take(&effects->fetches)) != NULL) {
        out_order->type = INDEX_FETCH;
        out_order->turn = LIST_ITEM(link, struct turn, link);
    } else if ((link = list_take(&effects->patrols)) != NULL) {
        out_order->type = INDEX_PATROL;
        out_order->patrol = LIST_ITEM(link, struct patrol, link);
    }
    return link != NULL;
}

struct node_event index_order_event(const struct index_order *order)
{
    switch (order->type) {
    case INDEX_FETCH:
        return (struct node_event){.type = NODE_FETCHED, .turn = order->turn};
    case INDEX_APPLY:
        return (struct node_event){.type = NODE_APPLIED,
                                   .proposal = order->proposal};
    case INDEX_READ:
        return (struct node_event){.type = NODE_READ,
                                   .request = order->request};
    case INDEX_WATCH_READ:
        return (struct node_event){.type = NODE_WATCH_READ,
                                   .watch = order->watch};
    case INDEX_PATROL:
        return (struct node_event){.type = NODE_PATROLLED,
                                   .patrol = order->patrol};
    case INDEX_APPLY_ENTRIES:
    case INDEX_PAGE:
    case INDEX_PURGE:
    case INDEX_CHECKPOINT:
    case INDEX_SUM_ERASED:
    case INDEX_EXPUNGE:
        break;
    }
    ASSERT_UNREACHABLE("an order of the core");
}

void index_clerk_init(struct index_clerk *clerk, struct index *index,
                      uint32_t partition_count, struct allocator *allocator)
{
    clerk->index = index;
    clerk->log_reader = NULL;
    clerk->allocator = allocator;
    clerk->partition_count = partition_count;
    responder_init(&clerk->responder, index);
}

enum dalv_status index_clerk_open_log(struct index_clerk *clerk,
                                      const struct commit_log *log)
{
    enum dalv_status status = replay_init(&clerk->replay, clerk->index);

    if (status == DALV_OK)
        clerk->log_reader = log_reader_open(log);
    return status;
}

void index_clerk_close_log(struct index_clerk *clerk)
{
    if (clerk->log_reader == NULL)
        return;
    log_reader_close(&clerk->log_reader);
    replay_deinit(&clerk->replay);
}

/* What was committed is in the log: less of it is damage, of this copy alone
   as long as the index itself is sound. */
static enum dalv_status apply_entries(struct index_clerk *clerk,
                                      struct index_order *order)
{
    const struct replay_goal goal = {.partition = order->entries.partition,
                                     .index_max = order->entries.index_max};
    enum dalv_status status = DALV_OK;
    bool is_done = false;

    while (status == DALV_OK && !is_done)
        status =
            replay_step(&clerk->replay, clerk->log_reader, &goal, &is_done);
    if (status == DALV_OK &&
        index_reached(clerk->index, goal.partition).index < goal.index_max)
        status = DALV_DAMAGED;
    order->entries.is_unreadable =
        (status == DALV_DAMAGED || status == DALV_NOT_FOUND) &&
        index_poison(clerk->index) == DALV_OK;
    if (order->entries.is_unreadable)
        status = DALV_OK;
    order->entries.time_us = index_time_us(clerk->index, goal.partition);
    return status;
}

/* Each under its whole place, as whoever reads it from the log applies it. */
static void apply_turn(struct index *index, const struct proposal *proposal)
{
    const struct turn *turn = proposal->turn;

    for (size_t i = 0; i < turn->judge.record_count; i++) {
        const struct user_record *record = &turn->judge.records[i];
        const struct log_position position = {.epoch = turn->epoch,
                                              .index = turn->first_index + i,
                                              .crc = record->crc};

        index_apply(index, turn->partition, position, record);
    }
}

static enum dalv_status checkpoint(struct index_clerk *clerk,
                                   struct log_position *flushed)
{
    enum dalv_status status = index_checkpoint(clerk->index);

    for (uint32_t i = 0; status == DALV_OK && i < clerk->partition_count; i++)
        flushed[i] = index_reached(clerk->index, i);
    return status;
}

static enum dalv_status fetch(struct index *index, struct turn *turn)
{
    enum dalv_status status = index_fetch(index, turn->partition, &turn->view);

    return status == DALV_OK ? chore_reader_find(index, turn) : status;
}

static enum dalv_status patrol(struct index_clerk *clerk, struct patrol *patrol)
{
    struct responder *responder = &clerk->responder;

    arena_init(&responder->arena, responder->arena_block,
               sizeof(responder->arena_block));
    return chore_reader_patrol(clerk->index, &responder->arena,
                               clerk->allocator, patrol);
}

/* All partitions; with `is_expunged` the tables of those with an erasure are
   written anew. */
static enum dalv_status sum_erased(struct index_clerk *clerk,
                                   struct index_erased *erased,
                                   bool is_expunged)
{
    enum dalv_status status = DALV_OK;

    erased->count = 0;
    erased->oldest_us = UINT64_MAX;
    for (uint32_t i = 0; status == DALV_OK && i < clerk->partition_count; i++) {
        struct index_erasures found = {.gone_index = erased->starts[i].index};

        status = index_sum_erasures(clerk->index, i, &found);
        if (status != DALV_OK || found.count == 0)
            continue;
        erased->count += found.count;
        if (found.oldest_us < erased->oldest_us)
            erased->oldest_us = found.oldest_us;
        if (is_expunged)
            status = index_compact(clerk->index, i);
    }
    return status;
}

/* An answer is made only where there is room for any: it may be of that size.
 */
static enum dalv_status read(struct index_clerk *clerk, struct request *request)
{
    enum dalv_status status;

    request->is_held =
        request->account != NULL &&
        !account_has_room(request->account, BOUNDS_MESSAGE_BYTES_MAX);
    if (request->is_held)
        return DALV_OK;
    status = responder_answer(&clerk->responder, request);
    if (status != DALV_OK || request->account == NULL || !request->has_frame)
        return status;
    request->charged_bytes = request->frame.size;
    account_charge(request->account, request->charged_bytes);
    return status;
}

static void carry_out(struct index_clerk *clerk, struct index_order *order)
{
    order->status = DALV_OK;
    switch (order->type) {
    case INDEX_FETCH:
        order->turn->fetch_status = fetch(clerk->index, order->turn);
        /* Too little memory is the turn's own matter. */
        if (order->turn->fetch_status != DALV_TOO_BIG)
            order->status = order->turn->fetch_status;
        break;
    case INDEX_APPLY:
        apply_turn(clerk->index, order->proposal);
        break;
    case INDEX_APPLY_ENTRIES:
        order->status = apply_entries(clerk, order);
        break;
    case INDEX_PAGE:
        order->status = page_order_run(order->page, clerk->index);
        break;
    case INDEX_PURGE:
        order->status =
            index_purge(clerk->index, PURGE_ENTRIES, &order->is_purged);
        break;
    case INDEX_READ:
        order->status = read(clerk, order->request);
        break;
    case INDEX_WATCH_READ:
        order->status = watch_reader_read(&clerk->responder, clerk->allocator,
                                          order->watch);
        break;
    case INDEX_PATROL:
        order->status = patrol(clerk, order->patrol);
        break;
    case INDEX_CHECKPOINT:
        order->status = checkpoint(clerk, order->flushed);
        break;
    case INDEX_SUM_ERASED:
        order->status = sum_erased(clerk, &order->erased, false);
        break;
    case INDEX_EXPUNGE:
        order->status = checkpoint(clerk, order->flushed);
        if (order->status == DALV_OK)
            order->status = sum_erased(clerk, &order->erased, true);
        break;
    }
}

/* Records that wait for their write must be there before anything reads. */
static enum dalv_status commit(struct index_clerk *clerk,
                               struct index_order *const *orders, size_t from,
                               size_t to)
{
    enum dalv_status status = DALV_OK;

    if (from < to)
        status = index_commit(clerk->index);
    for (size_t i = from; i < to; i++)
        if (orders[i]->status == DALV_OK)
            orders[i]->status = status;
    return status;
}

/* One write of the index takes what any number of these have collected. */
static bool is_collected(enum index_order_type type)
{
    return type == INDEX_APPLY || type == INDEX_APPLY_ENTRIES;
}

void index_clerk_run(void *owner, void *const *orders, size_t count)
{
    struct index_clerk *clerk = owner;
    struct index_order *const *all = (struct index_order *const *)orders;
    size_t first_apply = 0;

    for (size_t i = 0; i < count; i++) {
        enum dalv_status status = DALV_OK;

        if (is_collected(all[i]->type)) {
            carry_out(clerk, all[i]);
            continue;
        }
        status = commit(clerk, all, first_apply, i);
        if (status == DALV_OK)
            carry_out(clerk, all[i]);
        else
            all[i]->status = status;
        first_apply = i + 1;
    }
    (void)commit(clerk, all, first_apply, count);
}
