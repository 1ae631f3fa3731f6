#include "demo/account.h"
#include "demo/chapters.h"

#include <stdio.h>

enum {
    POLL_MS = 1000
};

struct import {
    struct stage *stage;
    uint64_t sent;
    uint64_t done;
    uint64_t failed;
};

static void on_answer(void *owner, enum dalv_status status,
                      const struct dalv_update_result *result,
                      const struct dalv_value *value)
{
    struct import *import = owner;

    (void)result;
    (void)value;
    import->done++;
    if (status == DALV_OK)
        return;
    if (import->failed++ == 0)
        account_fail("an order was not imported: %s", dalv_status_text(status));
}

/* The order under the system's keys, where devices read and do not write. */
static enum dalv_status make_transaction(const struct order *order,
                                         struct dalv_transaction **out)
{
    struct dalv_transaction *transaction = NULL;
    char key[64];
    enum dalv_status status = dalv_transaction_create(&transaction);

    (void)snprintf(key, sizeof(key), "sys/orders/%s", order->invoice);
    if (status == DALV_OK)
        status = dalv_transaction_put(
            transaction, dalv_text(key),
            dalv_bytes(order->document, order->document_size), NULL);
    if (status == DALV_OK)
        status = dalv_transaction_list_add(
            transaction, dalv_text("sys/timeline"), dalv_text(order->invoice));
    if (status == DALV_OK)
        status = dalv_transaction_increment(transaction,
                                            dalv_text("sys/order-count"), 1);
    if (status == DALV_OK)
        *out = transaction;
    else
        dalv_transaction_destroy(&transaction);
    return status;
}

static enum dalv_status send_order(struct import *import,
                                   const struct order *order)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = make_transaction(order, &transaction);

    if (status == DALV_OK)
        status = dalv_backend_send_update(import->stage->backend,
                                          dalv_text(order->customer),
                                          &transaction, on_answer, import);
    if (status == DALV_OK)
        import->sent++;
    return status;
}

static void tell_input(const struct orders *orders)
{
    account_say("%llu lines read: %llu used in %zu orders of %zu customers",
                (unsigned long long)orders->line_count,
                (unsigned long long)orders->used_count, orders->count,
                orders->customer_count);
    for (size_t i = 0; i < orders->rejection_count; i++)
        account_say("%llu lines not used: %s",
                    (unsigned long long)orders->rejections[i].count,
                    orders->rejections[i].reason);
}

bool chapter_import(struct stage *stage)
{
    const struct orders *orders = &stage->orders;
    struct import import = {.stage = stage};
    double began = stage_seconds();
    double took;

    account_chapter("A backend imports the orders: a user per customer, a "
                    "transaction per order");
    tell_input(orders);
    for (size_t i = 0; i < orders->count; i++) {
        enum dalv_status status = send_order(&import, &orders->items[i]);

        if (status != DALV_OK) {
            account_fail("order %s cannot be sent: %s",
                         orders->items[i].invoice, dalv_status_text(status));
            return false;
        }
        (void)dalv_backend_poll(stage->backend, 0);
        account_progress("importing", import.done, orders->count);
    }
    while (dalv_backend_poll(stage->backend, POLL_MS) > 0)
        account_progress("importing", import.done, orders->count);
    took = stage_seconds() - began;
    account_say("%llu orders durable in %.2f s: %.0f transactions a second",
                (unsigned long long)(import.done - import.failed), took,
                (double)import.done / took);
    return import.failed == 0;
}
