/*
 * 1 to BOUNDS_TRANSACTION_OPERATIONS_MAX operations that take effect as one.
 *
 * All pointers are borrowed from the message or journal record it was read
 * from.
 */
#ifndef DALV_MODEL_TRANSACTION_H
#define DALV_MODEL_TRANSACTION_H

#include "base/status.h"
#include "model/operation.h"

#include <stddef.h>
#include <stdint.h>

enum {
    REQUEST_ID_BYTES = 16,
    INSTALL_ID_BYTES = 16
};

/* Made by a backend, random, the same for every retry of one request. */
struct request_id {
    uint8_t bytes[REQUEST_ID_BYTES];
};

/* Made by a device store, random, before its first contact. */
struct install_id {
    uint8_t bytes[INSTALL_ID_BYTES];
};

struct transaction {
    const struct operation *operations;
    size_t operation_count;
    const struct precondition *preconditions; /* Backends only. */
    size_t precondition_count;

    /* Devices only. */
    uint64_t local_id;      /* For life; names its dots. */
    uint64_t base_revision; /* Cursor of the replica at its local commit. */
    uint64_t after;         /* Local id that it depends on by the application's
                               word; 0 if none. */
};

/* What one dot counts for in the bytes of a transaction. */
enum {
    TRANSACTION_DOT_BYTES = 20
};

/*
 * Checks each operation and precondition, the counts (as many preconditions as
 * operations may be) and the bytes in all (BOUNDS_TRANSACTION_BYTES_MAX).
 * DALV_INVALID, or DALV_TOO_BIG.
 */
DALV_MUST_CHECK enum dalv_status transaction_check(
    const struct transaction *transaction);

/*
 * Keys, values and dots of all operations, and keys of all preconditions,
 * together.
 */
size_t transaction_bytes(const struct transaction *transaction);

#endif
