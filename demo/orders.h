/*
 * The orders of a shop: read from an export, or made up.
 *
 * An export has one line for each article of an order, with the columns
 * InvoiceNo, StockCode, Description, Quantity, UnitPrice and CustomerID. Lines
 * that cannot be used are counted with the reason.
 */
#ifndef DALV_DEMO_ORDERS_H
#define DALV_DEMO_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ORDERS_NAME_MAX = 31,
    ORDERS_REASONS_MAX = 8,
};

struct order {
    char customer[ORDERS_NAME_MAX + 1];
    char invoice[ORDERS_NAME_MAX + 1];
    size_t line_count;
    char *document; /* JSON; owned. */
    size_t document_size;
};

struct order_rejection {
    const char *reason;
    uint64_t count;
};

struct orders {
    struct order *items; /* Owned; in the order of the file. */
    size_t count;
    char (*customers)[ORDERS_NAME_MAX + 1]; /* Owned; each once. */
    size_t customer_count;
    uint64_t line_count; /* Without the heading. */
    uint64_t used_count;
    struct order_rejection rejections[ORDERS_REASONS_MAX];
    size_t rejection_count;
};

/* False, and told, if the file cannot be read or is no such export. */
bool orders_read(struct orders *orders, const char *path);

/* The same every time. */
void orders_make_up(struct orders *orders);

void orders_deinit(struct orders *orders);

#endif
