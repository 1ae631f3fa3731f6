#include "node/log_orders.h"

#include "base/clock.h"

enum {
    PREPARE_BYTES = 1 << 20
};

static enum dalv_status release(struct commit_log *log,
                                const struct log_order *order)
{
    enum dalv_status status =
        commit_log_release(log, &(struct commit_log_retention){
                                    .flushed = order->release.flushed,
                                    .wanted = order->release.wanted,
                                    .bytes_max = order->release.bytes_max,
                                });

    for (uint32_t i = 0;
         status == DALV_OK && i < order->release.partition_count; i++)
        status = commit_log_settle(log, i, order->release.flushed[i]);
    for (uint32_t i = 0; i < order->release.partition_count; i++)
        order->release.starts[i] = commit_log_partition(log, i)->start;
    return status;
}

static enum dalv_status cut(struct commit_log *log, struct log_order *order)
{
    enum dalv_status status = commit_log_truncate(
        log, &(struct commit_log_cut){.partition = order->partition,
                                      .epoch = order->epoch,
                                      .index = order->index,
                                      .applied_index = order->applied_index});

    order->position = commit_log_end(log, order->partition);
    return status;
}

/* What masters and controllers want of the log. */
static enum dalv_status follow(struct commit_log *log, struct log_order *order)
{
    if (order->type == LOG_RECEIVE)
        return commit_log_receive(log, &(struct commit_log_received){
                                           .partition = order->partition,
                                           .epoch = order->epoch,
                                           .entries = order->received.entries});
    if (order->type == LOG_PROMISE)
        return commit_log_promise(log, order->partition, order->epoch);
    if (order->type == LOG_SET_MEMBERS)
        return commit_log_set_members(log, order->partition, order->epoch,
                                      proposal_bytes(order->proposal));
    if (order->type == LOG_CUT)
        return cut(log, order);
    if (order->type == LOG_FORGET)
        return commit_log_forget(log, order->partition);
    return commit_log_mark(log, &(struct commit_log_beginning){
                                    .partition = order->partition,
                                    .position = order->position,
                                    .applied_index = order->applied_index});
}

/* What commit_log.h says of an order without which the log goes on. */
static bool is_refusal(enum dalv_status status)
{
    return status == DALV_PRECONDITION || status == DALV_CONFLICT ||
           status == DALV_DAMAGED || status == DALV_INVALID ||
           status == DALV_TOO_BIG || status == DALV_NOT_FOUND;
}

/* Others, late or wrong, may want what cannot be: no reason to end. */
static enum dalv_status try(struct commit_log *log, struct log_order *order)
{
    enum dalv_status status = follow(log, order);

    if (!is_refusal(status) || commit_log_poison(log) != DALV_OK)
        return status;
    order->refusal = status;
    order->position = commit_log_end(log, order->partition);
    order->promised = commit_log_partition(log, order->partition)->promised;
    return DALV_OK;
}

static enum dalv_status carry_out(struct commit_log *log,
                                  struct log_order *order)
{
    switch (order->type) {
    case LOG_APPEND:
        return commit_log_append(log, proposal_bytes(order->proposal),
                                 order->proposal->record_count);
    case LOG_RECEIVE:
    case LOG_PROMISE:
    case LOG_CUT:
        return try(log, order);
    case LOG_SET_MEMBERS:
    case LOG_MARK:
    case LOG_FORGET:
        return follow(log, order);
    case LOG_SET_CERTAIN:
        commit_log_set_certain(log);
        return DALV_OK;
    case LOG_PREPARE:
        return commit_log_prepare(log, PREPARE_BYTES);
    case LOG_SEAL:
        return commit_log_seal(log);
    case LOG_TURN:
        return commit_log_turn(log);
    case LOG_RELEASE:
        return release(log, order);
    }
    return DALV_INTERNAL;
}

/* What failed once is never tried again: the log itself remembers. */
void log_orders_run(void *owner, void *const *orders, size_t count)
{
    struct commit_log *log = owner;
    struct log_order *const *all = (struct log_order *const *)orders;
    enum dalv_status synced;
    uint64_t began_us;
    uint64_t sync_us;

    for (size_t i = 0; i < count; i++)
        all[i]->status = carry_out(log, all[i]);
    began_us = clock_boot_us();
    synced = commit_log_sync(log);
    sync_us = clock_boot_us() - began_us;
    for (size_t i = 0; i < count; i++) {
        if (all[i]->status == DALV_OK)
            all[i]->status = synced;
        all[i]->log_bytes = commit_log_bytes(log);
        all[i]->sync_us = sync_us;
    }
}
