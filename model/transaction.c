#include "model/transaction.h"

#include "base/bounds.h"

static bool is_precondition_known(enum precondition_type type)
{
    return type == PRECONDITION_ABSENT || type == PRECONDITION_REVISION;
}

static enum dalv_status check_precondition(const struct precondition *condition)
{
    if (!is_precondition_known(condition->type) || condition->key.size == 0)
        return DALV_INVALID;
    return condition->key.size > BOUNDS_KEY_MAX ? DALV_TOO_BIG : DALV_OK;
}

static enum dalv_status check_counts(const struct transaction *transaction)
{
    if (transaction->operation_count == 0)
        return DALV_INVALID;
    if (transaction->operation_count > BOUNDS_TRANSACTION_OPERATIONS_MAX ||
        transaction->precondition_count > BOUNDS_TRANSACTION_OPERATIONS_MAX)
        return DALV_TOO_BIG;
    return DALV_OK;
}

/* Parts are sent one by one, and are no work that a device keeps. */
static bool are_uploads_sound(const struct transaction *transaction)
{
    bool is_alone = transaction->operation_count == 1 &&
                    transaction->precondition_count == 0 &&
                    transaction->local_id == 0 &&
                    transaction->base_revision == 0;

    for (size_t i = 0; !is_alone && i < transaction->operation_count; i++) {
        if (transaction->operations[i].type == OPERATION_UPLOAD)
            return false;
    }
    return true;
}

/* What a transaction waits for was committed before it. */
static bool is_after_sound(const struct transaction *transaction)
{
    return transaction->after == 0 ||
           transaction->after < transaction->local_id;
}

enum dalv_status transaction_check(const struct transaction *transaction)
{
    enum dalv_status status = check_counts(transaction);

    for (size_t i = 0; status == DALV_OK && i < transaction->operation_count;
         i++)
        status = operation_check(&transaction->operations[i]);
    for (size_t i = 0; status == DALV_OK && i < transaction->precondition_count;
         i++)
        status = check_precondition(&transaction->preconditions[i]);
    if (status != DALV_OK)
        return status;
    if (!is_after_sound(transaction) || !are_uploads_sound(transaction))
        return DALV_INVALID;
    if (transaction_bytes(transaction) > BOUNDS_TRANSACTION_BYTES_MAX)
        return DALV_TOO_BIG;
    return DALV_OK;
}

size_t transaction_bytes(const struct transaction *transaction)
{
    size_t bytes = 0;

    for (size_t i = 0; i < transaction->operation_count; i++) {
        const struct operation *operation = &transaction->operations[i];

        bytes += operation->key.size + operation->value.size +
                 operation->dot_count * TRANSACTION_DOT_BYTES;
    }
    for (size_t i = 0; i < transaction->precondition_count; i++)
        bytes += transaction->preconditions[i].key.size;
    return bytes;
}
