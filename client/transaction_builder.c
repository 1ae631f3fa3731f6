#include "client/transaction_builder.h"

#include "base/bounds.h"
#include "client/public_bytes.h"
#include "model/transaction_format.h"

#include <stdlib.h>
#include <string.h>

enum {
    ITEMS_MIN = 4,
    /* The longest heads that the format can need. */
    TRANSACTION_HEAD_BYTES_MAX = 64,
    OPERATION_HEAD_BYTES_MAX = 64,
    DOT_BYTES_MAX = 32,
};

struct transaction_block {
    struct transaction_block *next;
    _Alignas(max_align_t) uint8_t bytes[];
};

enum dalv_status
dalv_transaction_create(struct dalv_transaction **out_transaction)
{
    struct dalv_transaction *transaction = calloc(1, sizeof(*transaction));

    if (transaction == NULL)
        return DALV_NO_MEMORY;
    *out_transaction = transaction;
    return DALV_OK;
}

void dalv_transaction_destroy(struct dalv_transaction **transaction_p)
{
    struct dalv_transaction *transaction = *transaction_p;
    struct transaction_block *next;

    *transaction_p = NULL;
    if (transaction == NULL)
        return;
    for (struct transaction_block *block = transaction->blocks; block != NULL;
         block = next) {
        next = block->next;
        free(block);
    }
    free(transaction->operations);
    free(transaction->preconditions);
    free(transaction);
}

size_t dalv_transaction_count(const struct dalv_transaction *transaction)
{
    return transaction->operation_count;
}

/* Memory that lives as long as the transaction, or NULL. */
static uint8_t *take(struct dalv_transaction *transaction, size_t size)
{
    struct transaction_block *block = malloc(sizeof(*block) + size);

    if (block == NULL)
        return NULL;
    block->next = transaction->blocks;
    transaction->blocks = block;
    return block->bytes;
}

static struct bytes copy_to(uint8_t *place, struct bytes bytes)
{
    if (bytes.size > 0)
        memcpy(place, bytes.data, bytes.size);
    return bytes_make(place, bytes.size);
}

/* Room for one more item of `size` bytes; the array, grown or not, or NULL. */
static void *reserve(void *items, size_t count, size_t *capacity_p, size_t size)
{
    size_t capacity = *capacity_p == 0 ? ITEMS_MIN : *capacity_p * 2;
    void *grown;

    if (count < *capacity_p)
        return items;
    grown = realloc(items, capacity * size);
    if (grown != NULL)
        *capacity_p = capacity;
    return grown;
}

static enum dalv_status check_fits(const struct dalv_transaction *transaction,
                                   const struct operation *operation)
{
    enum dalv_status status = operation_check(operation);

    if (status != DALV_OK)
        return status;
    if (transaction->operation_count >= BOUNDS_TRANSACTION_OPERATIONS_MAX ||
        transaction->bytes + operation->key.size + operation->value.size >
            BOUNDS_TRANSACTION_BYTES_MAX)
        return DALV_TOO_BIG;
    return DALV_OK;
}

/* Add a copy of `operation`; its dots are the transaction's already. */
static enum dalv_status append(struct dalv_transaction *transaction,
                               const struct operation *operation)
{
    struct operation kept = *operation;
    enum dalv_status status = check_fits(transaction, operation);
    struct operation *operations;
    uint8_t *copies;

    if (status != DALV_OK)
        return status;
    operations = reserve(transaction->operations, transaction->operation_count,
                         &transaction->operation_capacity, sizeof(*operations));
    if (operations == NULL)
        return DALV_NO_MEMORY;
    transaction->operations = operations;
    copies = take(transaction, kept.key.size + kept.value.size);
    if (copies == NULL)
        return DALV_NO_MEMORY;
    kept.key = copy_to(copies, kept.key);
    kept.value = copy_to(copies + kept.key.size, kept.value);
    transaction->bytes += kept.key.size + kept.value.size;
    operations[transaction->operation_count++] = kept;
    return DALV_OK;
}

static enum dalv_status append_register(struct dalv_transaction *transaction,
                                        const struct operation *bare,
                                        const struct dalv_put_options *options)
{
    struct operation operation = *bare;

    if (options != NULL) {
        operation.flags = options->flags;
        operation.ttl_ms = options->ttl_ms;
    }
    return append(transaction, &operation);
}

enum dalv_status dalv_transaction_put(struct dalv_transaction *transaction,
                                      struct dalv_bytes key,
                                      struct dalv_bytes value,
                                      const struct dalv_put_options *options)
{
    const struct operation operation = {.type = OPERATION_PUT,
                                        .key = public_bytes_in(key),
                                        .value = public_bytes_in(value)};

    return append_register(transaction, &operation, options);
}

enum dalv_status dalv_transaction_put_upload(
    struct dalv_transaction *transaction, struct dalv_bytes key,
    const struct dalv_upload *upload, const struct dalv_put_options *options)
{
    const struct operation operation = {.type = OPERATION_PUT_UPLOADED,
                                        .key = public_bytes_in(key),
                                        .upload = upload->number,
                                        .bytes = upload->bytes,
                                        .hash = upload->hash};

    return append_register(transaction, &operation, options);
}

enum dalv_status transaction_builder_part(struct dalv_transaction *transaction,
                                          const struct operation *part)
{
    return append(transaction, part);
}

enum dalv_status dalv_transaction_add(struct dalv_transaction *transaction,
                                      struct dalv_bytes key,
                                      struct dalv_bytes value,
                                      const struct dalv_put_options *options)
{
    const struct operation operation = {.type = OPERATION_ADD,
                                        .key = public_bytes_in(key),
                                        .value = public_bytes_in(value)};

    return append_register(transaction, &operation, options);
}

enum dalv_status dalv_transaction_del(struct dalv_transaction *transaction,
                                      struct dalv_bytes key)
{
    const struct operation operation = {.type = OPERATION_DEL,
                                        .key = public_bytes_in(key)};

    return append(transaction, &operation);
}

enum dalv_status
dalv_transaction_increment(struct dalv_transaction *transaction,
                           struct dalv_bytes key, int64_t number)
{
    const struct operation operation = {.type = OPERATION_INCREMENT,
                                        .key = public_bytes_in(key),
                                        .number = number};

    return append(transaction, &operation);
}

enum dalv_status dalv_transaction_list_add(struct dalv_transaction *transaction,
                                           struct dalv_bytes key,
                                           struct dalv_bytes element)
{
    const struct operation operation = {.type = OPERATION_ADD_TO_LIST,
                                        .key = public_bytes_in(key),
                                        .value = public_bytes_in(element)};

    return append(transaction, &operation);
}

enum dalv_status
dalv_transaction_list_remove(struct dalv_transaction *transaction,
                             struct dalv_bytes key,
                             const struct dalv_element_id *ids, size_t id_count)
{
    struct operation operation = {.type = OPERATION_REMOVE_FROM_LIST,
                                  .key = public_bytes_in(key)};
    struct dot *dots;

    if (id_count == 0)
        return DALV_INVALID;
    if (id_count > BOUNDS_OPERATION_DOTS_MAX)
        return DALV_TOO_BIG;
    dots = (struct dot *)(void *)take(transaction, id_count * sizeof(*dots));
    if (dots == NULL)
        return DALV_NO_MEMORY;
    for (size_t i = 0; i < id_count; i++)
        dots[i] = (struct dot){.device = ids[i].device,
                               .local_id = ids[i].local_id,
                               .position = ids[i].position};
    operation.dots = dots;
    operation.dot_count = id_count;
    return append(transaction, &operation);
}

static enum dalv_status require(struct dalv_transaction *transaction,
                                const struct precondition *precondition)
{
    struct precondition kept = *precondition;
    struct precondition *preconditions;
    uint8_t *copy;

    if (kept.key.size == 0)
        return DALV_INVALID;
    if (kept.key.size > BOUNDS_KEY_MAX ||
        transaction->precondition_count >= BOUNDS_TRANSACTION_OPERATIONS_MAX)
        return DALV_TOO_BIG;
    preconditions =
        reserve(transaction->preconditions, transaction->precondition_count,
                &transaction->precondition_capacity, sizeof(*preconditions));
    if (preconditions == NULL)
        return DALV_NO_MEMORY;
    transaction->preconditions = preconditions;
    copy = take(transaction, kept.key.size);
    if (copy == NULL)
        return DALV_NO_MEMORY;
    kept.key = copy_to(copy, kept.key);
    preconditions[transaction->precondition_count++] = kept;
    return DALV_OK;
}

enum dalv_status
dalv_transaction_if_absent(struct dalv_transaction *transaction,
                           struct dalv_bytes key)
{
    const struct precondition precondition = {.type = PRECONDITION_ABSENT,
                                              .key = public_bytes_in(key)};

    return require(transaction, &precondition);
}

enum dalv_status
dalv_transaction_if_revision(struct dalv_transaction *transaction,
                             struct dalv_bytes key, uint64_t revision)
{
    const struct precondition precondition = {.type = PRECONDITION_REVISION,
                                              .key = public_bytes_in(key),
                                              .revision = revision};

    return require(transaction, &precondition);
}

enum dalv_status dalv_transaction_after(struct dalv_transaction *transaction,
                                        uint64_t receipt)
{
    if (receipt == 0)
        return DALV_INVALID;
    transaction->after = receipt;
    return DALV_OK;
}

void dalv_transaction_set_request_id(struct dalv_transaction *transaction,
                                     const uint8_t id[16])
{
    memcpy(transaction->request.bytes, id, REQUEST_ID_BYTES);
    transaction->has_request = true;
}

struct transaction
transaction_builder_view(const struct dalv_transaction *transaction)
{
    return (struct transaction){
        .operations = transaction->operations,
        .operation_count = transaction->operation_count,
        .preconditions = transaction->preconditions,
        .precondition_count = transaction->precondition_count,
        .after = transaction->after,
    };
}

/* No encoding is longer: nothing is ever encoded twice to learn its size. */
static size_t encoded_bytes_max(const struct transaction *view)
{
    size_t bytes = TRANSACTION_HEAD_BYTES_MAX + transaction_bytes(view);

    for (size_t i = 0; i < view->operation_count; i++)
        bytes += OPERATION_HEAD_BYTES_MAX +
                 view->operations[i].dot_count * DOT_BYTES_MAX;
    for (size_t i = 0; i < view->precondition_count; i++)
        bytes += OPERATION_HEAD_BYTES_MAX + view->preconditions[i].key.size;
    return bytes;
}

enum dalv_status transaction_builder_encode(const struct transaction *view,
                                            struct buffer *bytes)
{
    enum dalv_status status = transaction_check(view);
    struct writer writer;

    if (status != DALV_OK)
        return status;
    status = buffer_reserve(bytes, encoded_bytes_max(view));
    if (status != DALV_OK)
        return status;
    writer_init(&writer, bytes->data + bytes->size,
                bytes->capacity - bytes->size);
    status = transaction_encode(view, &writer);
    if (status == DALV_OK)
        bytes->size += writer.size;
    return status;
}
