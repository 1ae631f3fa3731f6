/*
 * What an import sends as one: a transaction of one user, and the lines of the
 * file that it was made of.
 */
#ifndef DALV_CLI_IMPORT_ITEM_H
#define DALV_CLI_IMPORT_ITEM_H

#include "base/buffer.h"
#include "base/bytes.h"

#include <dalv/dalv.h>
#include <stdbool.h>
#include <stdint.h>

struct import_item {
    struct buffer user;
    uint64_t key_hash; /* Of user and key: what must keep its order. */
    struct dalv_transaction *transaction;
    /* A value beyond what a transaction takes, to be uploaded and put by it;
       empty: there is none. */
    struct buffer large;
    struct buffer large_key;
    struct dalv_put_options large_options;
    uint64_t line;      /* The first one. */
    uint64_t line_last; /* All up to it is done once this item is. */
    uint32_t part;      /* Of a line that takes several transactions. */
    uint64_t record_count;
    bool is_expired; /* Its time was over already: nothing to send. */
};

void import_item_init(struct import_item *item);
void import_item_deinit(struct import_item *item);

/* Whose it is and under which key; an empty transaction. DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status import_item_begin(struct import_item *item,
                                                   struct bytes user,
                                                   struct bytes key);

#endif
