#include "node/page_order.h"

#include "base/assert.h"

#include <stdlib.h>

enum {
    /* The largest value, its key, and what stands around them. */
    PAGE_BYTES_MAX = 4 << 20
};

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

/* A page holds at least one entry, however large that is. */
static enum dalv_status fill_page(struct page_order *order, struct index *index,
                                  struct index_snapshot_page *page)
{
    size_t size = order->bytes_max;
    enum dalv_status status;

    do {
        status = buffer_reserve(&order->content, size);
        if (status != DALV_OK)
            return status;
        writer_init(&page->writer, order->content.data, size);
        status = index_snapshot_read(index, order->partition,
                                     buffer_bytes(&order->resume), page);
        size *= 2;
    } while (status == DALV_TOO_BIG && size <= PAGE_BYTES_MAX);
    return status;
}

static enum dalv_status read_page(struct page_order *order, struct index *index)
{
    struct index_snapshot_page page;
    enum dalv_status status = fill_page(order, index, &page);

    if (status != DALV_OK)
        return status;
    order->content.size = page.writer.size;
    order->position = page.position;
    order->is_whole = page.is_whole;
    buffer_clear(&order->resume);
    buffer_put(&order->resume, page.resume);
    return DALV_OK;
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
    case PAGE_DROP:
        return index_drop(index, order->partition);
    }
    return DALV_INTERNAL;
}

enum dalv_status page_order_run(struct page_order *order, struct index *index)
{
    order->status = run(order, index);
    return index_poison(index);
}
