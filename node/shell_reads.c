/*
 * What replication has read and stored for nodes that are behind, this one or
 * others.
 */
#include "base/assert.h"
#include "base/log.h"
#include "node/page_order.h"
#include "node/read_orders.h"
#include "node/shell_internal.h"

#include <stdlib.h>

static void read_log(struct node_shell *shell,
                     const struct replicator_effect *effect)
{
    struct read_order *order = calloc(1, sizeof(*order));
    void *job = order;
    enum dalv_status status;

    ASSERT(order != NULL);
    order->reading = effect->reading;
    order->range = (struct log_range){
        .partition = effect->reading.partition,
        .after = effect->position,
        .index_max = UINT64_MAX,
        .bytes_max = effect->bytes_max,
        .is_by_index = true,
        .is_one_epoch = true,
    };
    status = worker_submit(shell->read_worker, &job);
    ASSERT(status == DALV_OK);
}

static void order_page(struct node_shell *shell, enum page_order_type type,
                       const struct replicator_effect *effect)
{
    uint32_t partition =
        type == PAGE_READ ? effect->reading.partition : effect->partition;
    struct page_order *order = page_order_create(type, partition);

    order->reading = effect->reading;
    order->bytes_max = effect->bytes_max;
    buffer_put(&order->content, effect->content);
    buffer_put(&order->resume, effect->resume);
    shell_order_index(shell,
                      (struct index_order){.type = INDEX_PAGE, .page = order});
}

void shell_read_for_peer(struct node_shell *shell,
                         const struct replicator_effect *effect)
{
    switch ((int)effect->type) {
    case REPLICATOR_READ_LOG:
        read_log(shell, effect);
        break;
    case REPLICATOR_READ_PAGE:
        order_page(shell, PAGE_READ, effect);
        break;
    case REPLICATOR_BEGIN_PAGES:
        order_page(shell, PAGE_BEGIN, effect);
        break;
    case REPLICATOR_STORE_PAGE:
        order_page(shell, PAGE_STORE, effect);
        break;
    case REPLICATOR_ADOPT:
        order_page(shell, PAGE_ADOPT, effect);
        break;
    default: /* DAMAGED, EXPEL. */
        order_page(shell, PAGE_DROP, effect);
        break;
    }
}

void shell_on_log_read(struct node_shell *shell, struct read_order *order)
{
    const struct log_entries *entries = &order->entries;

    if (order->status != DALV_OK && order->status != DALV_NOT_FOUND)
        LOG(LOG_ERROR, "log_unreadable",
            log_u64("partition", order->range.partition),
            log_text("status", status_text(order->status)));
    shell_replicate(shell,
                    (struct replicator_event){
                        .type = REPLICATOR_LOG_READ,
                        .reading = order->reading,
                        .status = order->status,
                        .run = {.partition = order->range.partition,
                                .before = order->before,
                                .end = entries->last,
                                .bytes = buffer_bytes(&entries->records)},
                    });
    log_entries_deinit(&order->entries);
}

/* What replication hears of a page that was carried out. */
static enum replicator_event_type page_event(const struct page_order *order)
{
    if (order->type == PAGE_READ)
        return REPLICATOR_PAGE_READ;
    if (order->status != DALV_OK)
        return REPLICATOR_PAGES_FAILED;
    if (order->type == PAGE_ADOPT)
        return REPLICATOR_ADOPTED;
    return order->type == PAGE_DROP ? REPLICATOR_DROPPED
                                    : REPLICATOR_PAGE_STORED;
}

/* A page that was sent wrong, or what cannot be adopted, comes anew. */
void shell_on_page(struct node_shell *shell, struct page_order *order)
{
    const struct replicator_event event = {
        .type = page_event(order),
        .partition = order->partition,
        .reading = order->reading,
        .status = order->status,
        .position = order->position,
        .content = buffer_bytes(&order->content),
        .resume = buffer_bytes(&order->resume),
        .is_whole = order->is_whole,
    };

    if (order->status != DALV_OK && order->type != PAGE_READ)
        LOG(LOG_WARNING, "snapshot_failed",
            log_u64("partition", order->partition),
            log_text("status", status_text(order->status)));
    if (order->type == PAGE_ADOPT || order->type == PAGE_DROP)
        shell_purge_soon(shell);
    if (order->type != PAGE_BEGIN || order->status != DALV_OK)
        shell_replicate(shell, event);
}
