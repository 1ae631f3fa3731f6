/*
 * A thread of the node in the simulator: it carries orders out in their order,
 * some of those that wait at a time.
 */
#ifndef DALV_TESTS_SIM_ORDER_QUEUE_H
#define DALV_TESTS_SIM_ORDER_QUEUE_H

#include <stddef.h>

enum {
    ORDER_QUEUE_MAX = 1024,
};

struct order_queue {
    void *orders[ORDER_QUEUE_MAX];
    size_t count;
    size_t running; /* Of them, at the front, are being carried out. */
};

/* A copy of the order waits behind the others. */
void order_queue_put(struct order_queue *queue, const void *order,
                     size_t order_bytes);
/* Those that were carried out leave: the caller frees them. */
size_t order_queue_take(struct order_queue *queue, void **out_orders);
/* The thread is gone, and what it had to do with it. */
void order_queue_clear(struct order_queue *queue);

#endif
