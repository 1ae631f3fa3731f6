#include "node/read_orders.h"

/* The whole position of an entry of which only the index was told. */
static enum dalv_status read_one(struct log_reader *reader,
                                 struct read_order *order)
{
    enum dalv_status status =
        log_reader_locate(reader, order->range.partition,
                          order->range.after.index, &order->before);

    if (status != DALV_OK)
        return status;
    order->range.after = order->before;
    status = log_reader_read(reader, &order->range, &order->entries);
    if (status == DALV_OK && order->entries.count == 0)
        return DALV_NOT_FOUND;
    return status;
}

void read_orders_run(void *owner, void *const *orders, size_t count)
{
    struct log_reader *reader = owner;

    for (size_t i = 0; i < count; i++) {
        struct read_order *order = orders[i];

        log_entries_init(&order->entries);
        order->status = read_one(reader, order);
    }
}
