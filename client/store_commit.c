#include "base/hash.h"
#include "client/dot_map.h"
#include "client/overlay.h"
#include "client/store_internal.h"
#include "client/store_large.h"
#include "sync/policy.h"

#include <stdlib.h>

/* A key as it is seen behind all that was committed so far. */
struct seen_key {
    struct seen_key *next;
    uint64_t hash;
    struct bytes key; /* Borrowed from the operation that named it first. */
    struct key_value value;
};

enum {
    SEEN_SLOTS = 256,
};

struct committing {
    struct store *store;
    struct seen_key *seen[SEEN_SLOTS];
    uint64_t local_id_first;
    uint64_t local_id;
    uint64_t now_us;
    struct buffer bytes;
    struct buffer base;
};

static enum dalv_status see(struct committing *committing, struct bytes key,
                            struct seen_key **out_seen)
{
    uint64_t hash = hash64(key);
    struct seen_key **slot = &committing->seen[hash % SEEN_SLOTS];
    struct seen_key *seen = *slot;
    enum dalv_status status;

    while (seen != NULL && !(seen->hash == hash && bytes_equal(seen->key, key)))
        seen = seen->next;
    if (seen == NULL) {
        seen = calloc(1, sizeof(*seen));
        if (seen == NULL)
            return DALV_NO_MEMORY;
        seen->hash = hash;
        seen->key = key;
        seen->next = *slot;
        *slot = seen;
        status = store_get(committing->store, key, &seen->value);
        if (status != DALV_OK)
            return status;
    }
    *out_seen = seen;
    return DALV_OK;
}

static void forget_seen(struct committing *committing)
{
    for (size_t i = 0; i < SEEN_SLOTS; i++) {
        struct seen_key *seen = committing->seen[i];

        while (seen != NULL) {
            struct seen_key *next = seen->next;

            key_value_deinit(&seen->value);
            free(seen);
            seen = next;
        }
    }
}

/* What the application calls an element, as the journal calls it. */
static struct dot map_local(const void *owner, struct dot dot)
{
    const struct committing *committing = owner;
    const struct store *store = committing->store;
    uint64_t device = ledger_identity(store->ledger)->device;

    if (dot.local_id >= committing->local_id_first)
        return dot;
    if (dot.device == device && device != 0 &&
        ledger_find(store->ledger, dot.local_id) != NULL)
        dot.device = DOT_SELF;
    return store_settled_dot(store, dot);
}

static enum dalv_status try_operation(struct committing *committing,
                                      const struct operation *operation,
                                      uint32_t place)
{
    static const struct dot unnamed = {DOT_SELF, 0, 0};
    struct policy policy = policy_default();
    struct dot dot = unnamed;
    struct seen_key *seen = NULL;
    enum dalv_status status;

    if (policy_domain(&policy, operation->key) == POLICY_SYSTEM)
        return DALV_NOT_PERMITTED;
    status = see(committing, operation->key, &seen);
    if (status != DALV_OK)
        return status;
    dot.local_id = committing->local_id;
    dot.position = place;
    return overlay_apply(&seen->value, operation, dot);
}

static enum dalv_status try_all(struct committing *committing,
                                const struct transaction *transaction)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < transaction->operation_count;
         i++)
        status =
            try_operation(committing, &transaction->operations[i], (uint32_t)i);
    return status;
}

static enum dalv_status put_entry(struct committing *committing,
                                  const struct transaction *transaction)
{
    struct store *store = committing->store;
    struct ledger_part part = {
        .type = LEDGER_PART_ENTRY,
        .entry = {.local_id = committing->local_id,
                  .state = LEDGER_PENDING,
                  .base_history_id =
                      replica_state(store->replica)->cursor.history_id,
                  .time_us = committing->now_us}};
    enum dalv_status status = store_encode(transaction, &committing->bytes);

    buffer_clear(&committing->base);
    if (status == DALV_OK)
        status = store_put_bases(store, transaction, &committing->base);
    if (status != DALV_OK)
        return status;
    part.entry.transaction = buffer_bytes(&committing->bytes);
    part.entry.base = buffer_bytes(&committing->base);
    return ledger_put(store->ledger, &part);
}

static enum dalv_status put_transaction(struct committing *committing,
                                        const struct store_transaction *wanted)
{
    struct transaction transaction = {
        .operations = wanted->operations,
        .operation_count = wanted->operation_count,
        .local_id = committing->local_id,
        .base_revision =
            replica_state(committing->store->replica)->cursor.revision,
        .after = wanted->after,
    };
    struct dot_map map;
    enum dalv_status status = transaction_check(&transaction);

    if (status == DALV_OK)
        status = store_check_large(committing->store, &transaction);
    if (status == DALV_OK)
        status = dot_map_init(&map, &transaction, map_local, committing);
    if (status != DALV_OK)
        return status;
    status = try_all(committing, &map.transaction);
    if (status == DALV_OK)
        status = put_entry(committing, &map.transaction);
    dot_map_deinit(&map);
    return status;
}

static enum dalv_status put_all(struct committing *committing,
                                const struct store_transaction *transactions,
                                size_t count)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < count; i++) {
        status = put_transaction(committing, &transactions[i]);
        committing->local_id++;
    }
    return status;
}

enum dalv_status store_commit(struct store *store,
                              const struct store_transaction *transactions,
                              size_t count, uint64_t now_us,
                              uint64_t *out_local_id)
{
    struct committing committing = {
        .store = store,
        .local_id_first = ledger_position(store->ledger)->local_id_next,
        .now_us = now_us};
    enum dalv_status status;

    if (ledger_pending(store->ledger)->count + count > STORE_PENDING_MAX)
        return DALV_BUSY;
    committing.local_id = committing.local_id_first;
    buffer_init(&committing.bytes);
    buffer_init(&committing.base);
    status = put_all(&committing, transactions, count);
    if (status == DALV_OK)
        status = ledger_commit(store->ledger);
    else
        ledger_cancel(store->ledger);
    for (size_t i = 0; status == DALV_OK && i < count; i++)
        store_commit_large(store, &transactions[i]);
    forget_seen(&committing);
    buffer_deinit(&committing.bytes);
    buffer_deinit(&committing.base);
    if (status == DALV_OK)
        *out_local_id = committing.local_id_first;
    return status;
}
