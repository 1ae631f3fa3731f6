/*
 * The SDK's transaction while it is built, and what it becomes: the canonical
 * bytes of model/transaction_format.
 */
#ifndef DALV_CLIENT_TRANSACTION_BUILDER_H
#define DALV_CLIENT_TRANSACTION_BUILDER_H

#include "base/buffer.h"
#include "base/status.h"
#include "client/dalv.h"
#include "model/transaction.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transaction_block; /* Copies of what the caller lent. */

struct dalv_transaction {
    struct operation *operations;
    size_t operation_count;
    size_t operation_capacity;
    struct precondition *preconditions;
    size_t precondition_count;
    size_t precondition_capacity;
    struct transaction_block *blocks;
    size_t bytes; /* Keys and values of all operations. */
    uint64_t after;
    struct request_id request;
    bool has_request; /* The caller named it. */
};

/* What was built, as the plain noun; borrowed until the next operation is
   added. Local id and base are the caller's to fill in. */
struct transaction
transaction_builder_view(const struct dalv_transaction *transaction);

/* Add a part of an upload, which is copied. DALV_TOO_BIG, DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status
transaction_builder_part(struct dalv_transaction *transaction,
                         const struct operation *part);

/*
 * Append the canonical bytes of `view` to `bytes`. DALV_INVALID or
 * DALV_TOO_BIG as transaction_check says, DALV_NO_MEMORY.
 */
DALV_MUST_CHECK enum dalv_status
transaction_builder_encode(const struct transaction *view,
                           struct buffer *bytes);

#endif
