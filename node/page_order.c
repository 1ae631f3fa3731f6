#include "node/page_order.h"

#include "base/assert.h"

#include <stdlib.h>

struct page_order *page_order_create(enum page_order_type type,
                                     uint32_t partition)
{
    struct page_order *order = calloc(1, sizeof(*order));

    ASSERT(order != NULL);
    order->type = type;
    order->partition = partition;
    buffer_init(&order->content);
    buffer_init(&order->resume);
    return order;
}

void page_order_destroy(struct page_order **order_p)
{
    struct page_order *order = *order_p;

    *order_p = NULL;
    if (order == NULL)
        return;
    buffer_deinit(&order->content);
    buffer_deinit(&order->resume);
    free(order);
}

static enum dalv_status read_page(struct page_order *order, struct index *index)
{
    struct index_snapshot_page page;
    enum dalv_status status = buffer_reserve(&order->content, order->bytes_max);

    if (status != DALV_OK)
        return status;
    writer_init(&page.writer, order->content.data, order->bytes_max);
    status = index_snapshot_read(index, order->partition,
                                 buffer_bytes(&order->resume), &page);
    if (status != DALV_OK)
        return status;
    order->content.size = page.writer.size;
    order->position = page.position;
    order->is_whole = page.is_whole;
    buffer_clear(&order->resume);
    buffer_put(&order->resume, page.resume);
    return DALV_OK;
}

/* True for what says that the peer's page is not as it should be. */
static bool is_of_peer(enum dalv_status status)
{
    return status == DALV_CONFLICT || status == DALV_PRECONDITION ||
           status == DALV_TOO_BIG;
}

static enum dalv_status run(struct page_order *order, struct index *index)
{
    switch (order->type) {
    case PAGE_READ:
        return read_page(order, index);
    case PAGE_BEGIN:
        return index_snapshot_begin(index, order->partition);
    case PAGE_STORE:
        return index_snapshot_store(index, order->partition,
                                    buffer_bytes(&order->content));
    case PAGE_ADOPT:
        return index_snapshot_adopt(index, order->partition);
    }
    return DALV_INTERNAL;
}

enum dalv_status page_order_run(struct page_order *order, struct index *index)
{
    order->status = run(order, index);
    return is_of_peer(order->status) ? DALV_OK : order->status;
}
