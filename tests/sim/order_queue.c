#include "tests/sim/order_queue.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

void order_queue_put(struct order_queue *queue, const void *order,
                     size_t order_bytes)
{
    void *owned = malloc(order_bytes);

    ASSERT(owned != NULL && queue->count < ORDER_QUEUE_MAX);
    memcpy(owned, order, order_bytes);
    queue->orders[queue->count++] = owned;
}

size_t order_queue_take(struct order_queue *queue, void **out_orders)
{
    size_t count = queue->running;

    memcpy(out_orders, queue->orders, count * sizeof(void *));
    queue->count -= count;
    queue->running = 0;
    memmove(queue->orders, queue->orders + count,
            queue->count * sizeof(void *));
    return count;
}

void order_queue_clear(struct order_queue *queue)
{
    for (size_t i = 0; i < queue->count; i++)
        free(queue->orders[i]);
    queue->count = 0;
    queue->running = 0;
}
