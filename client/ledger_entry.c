#include "client/ledger_entry.h"

#include "base/hash.h"
#include "model/transaction_format.h"

#include <stdlib.h>
#include <string.h>

static size_t dot_count(const struct transaction *transaction)
{
    size_t count = 0;

    for (size_t i = 0; i < transaction->operation_count; i++)
        count += transaction->operations[i].dot_count;
    return count;
}

static size_t block_bytes(const struct ledger_draft *draft,
                          const struct transaction *transaction)
{
    return sizeof(struct ledger_entry) +
           transaction->operation_count *
               (sizeof(struct operation) + sizeof(uint64_t)) +
           dot_count(transaction) * sizeof(struct dot) +
           draft->transaction.size + draft->base.size + draft->sent.size;
}

/* Takes the next bytes of the block; aligned ones are taken first. */
static void *take(uint8_t **next_p, size_t bytes)
{
    void *taken = *next_p;

    *next_p += bytes;
    return taken;
}

static struct bytes keep(uint8_t **next_p, struct bytes bytes)
{
    uint8_t *kept = take(next_p, bytes.size);

    if (bytes.size > 0)
        memcpy(kept, bytes.data, bytes.size);
    return bytes_make(kept, bytes.size);
}

/* The same bytes in the copy of the whole. */
static struct bytes moved(struct bytes part, struct bytes whole,
                          struct bytes copy)
{
    if (part.size == 0)
        return (struct bytes){0};
    return bytes_make(copy.data + (part.data - whole.data), part.size);
}

/* Operations borrow from the draft's bytes: they are moved to the entry's. */
static void keep_operations(struct ledger_entry *entry,
                            const struct ledger_draft *draft,
                            struct operation *operations, struct dot *dots)
{
    for (size_t i = 0; i < entry->transaction.operation_count; i++) {
        struct operation *operation = &operations[i];

        *operation = entry->transaction.operations[i];
        operation->key =
            moved(operation->key, draft->transaction, entry->draft.transaction);
        operation->value = moved(operation->value, draft->transaction,
                                 entry->draft.transaction);
        if (operation->dot_count > 0)
            memcpy(dots, operation->dots,
                   operation->dot_count * sizeof(struct dot));
        operation->dots = dots;
        dots += operation->dot_count;
        entry->key_hashes[i] = hash64(operation->key);
    }
    entry->transaction.operations = operations;
}

enum dalv_status ledger_entry_create(const struct ledger_draft *draft,
                                     struct arena *scratch,
                                     struct ledger_entry **out_entry)
{
    struct transaction transaction;
    struct ledger_entry *entry;
    struct operation *operations;
    struct dot *dots;
    uint8_t *next;
    enum dalv_status status;

    arena_clear(scratch);
    status = transaction_decode(draft->transaction, scratch, &transaction);
    if (status != DALV_OK)
        return status == DALV_UNSUPPORTED ? status : DALV_DAMAGED;
    entry = malloc(block_bytes(draft, &transaction));
    if (entry == NULL)
        return DALV_NO_MEMORY;
    next = (uint8_t *)(entry + 1);
    *entry = (struct ledger_entry){.draft = *draft, .transaction = transaction};
    operations =
        take(&next, transaction.operation_count * sizeof(struct operation));
    entry->key_hashes =
        take(&next, transaction.operation_count * sizeof(uint64_t));
    dots = take(&next, dot_count(&transaction) * sizeof(struct dot));
    entry->draft.transaction = keep(&next, draft->transaction);
    entry->draft.base = keep(&next, draft->base);
    entry->draft.sent = keep(&next, draft->sent);
    keep_operations(entry, draft, operations, dots);
    *out_entry = entry;
    return DALV_OK;
}

void ledger_entry_destroy(struct ledger_entry **entry_p)
{
    free(*entry_p);
    *entry_p = NULL;
}
