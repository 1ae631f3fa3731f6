#include "base/hash.h"
#include "client/dot_map.h"
#include "client/store_internal.h"
#include "model/transaction_format.h"

#include <string.h>

uint64_t store_identity(const struct store *store)
{
    const struct ledger_identity *identity = ledger_identity(store->ledger);
    uint8_t memory[INSTALL_ID_BYTES + sizeof(uint64_t)];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    writer_bytes_put(&writer,
                     bytes_make(identity->install.bytes, INSTALL_ID_BYTES));
    writer_u64(&writer, identity->device);
    return hash64(writer_bytes(&writer));
}

bool store_is_absorbed(const struct store *store,
                       const struct ledger_entry *entry)
{
    const struct replica_state *state = replica_state(store->replica);

    return entry->draft.push_number != 0 &&
           entry->draft.push_number <= state->settled &&
           state->identity == store_identity(store);
}

struct dot store_settled_dot(const struct store *store, struct dot dot)
{
    uint64_t device = ledger_identity(store->ledger)->device;
    const struct ledger_entry *entry;

    if (dot.device != DOT_SELF || device == 0)
        return dot;
    entry = ledger_find(store->ledger, dot.local_id);
    if (entry == NULL)
        dot.device = device;
    return dot;
}

static struct dot map_settled(const void *owner, struct dot dot)
{
    return store_settled_dot(owner, dot);
}

static struct dot map_sent(const void *owner, struct dot dot)
{
    const struct store *store = owner;

    if (dot.device == DOT_SELF)
        dot.device = ledger_identity(store->ledger)->device;
    return dot;
}

enum dalv_status store_encode(const struct transaction *transaction,
                              struct buffer *bytes)
{
    size_t bytes_max = transaction_bytes(transaction) * 2 +
                       transaction->operation_count * 32 + 64;
    struct writer writer;
    enum dalv_status status;

    buffer_clear(bytes);
    status = buffer_reserve(bytes, bytes_max);
    if (status != DALV_OK)
        return status;
    writer_init(&writer, bytes->data, bytes->capacity);
    status = transaction_encode(transaction, &writer);
    if (status == DALV_OK)
        bytes->size = writer.size;
    return status;
}

enum dalv_status store_encode_sent(const struct store *store,
                                   const struct transaction *transaction,
                                   struct buffer *bytes)
{
    struct dot_map map;
    enum dalv_status status = dot_map_init(&map, transaction, map_sent, store);

    if (status != DALV_OK)
        return status;
    buffer_clear(bytes);
    if (map.is_changed)
        status = store_encode(&map.transaction, bytes);
    dot_map_deinit(&map);
    return status;
}

/* The entry again, where settled dots of it are still called "self": from now
   on that is another device. */
static enum dalv_status settle_dots(struct store *store,
                                    const struct ledger_entry *entry,
                                    struct buffer *bytes)
{
    struct ledger_part part = {.type = LEDGER_PART_ENTRY,
                               .entry = entry->draft};
    struct dot_map map;
    enum dalv_status status =
        dot_map_init(&map, &entry->transaction, map_settled, store);

    if (status != DALV_OK || !map.is_changed) {
        dot_map_deinit(&map);
        return status;
    }
    part.entry.push_number = 0;
    part.entry.sent = (struct bytes){0};
    status = store_encode(&map.transaction, bytes);
    dot_map_deinit(&map);
    if (status != DALV_OK)
        return status;
    part.entry.transaction = buffer_bytes(bytes);
    return ledger_put(store->ledger, &part);
}

/* All in one record: who the store is, and what its work then says. */
static enum dalv_status change_identity(struct store *store,
                                        const struct ledger_identity *identity)
{
    struct ledger_part part = {.type = LEDGER_PART_IDENTITY,
                               .identity = *identity};
    const struct ledger_entry *entry = ledger_pending(store->ledger)->first;
    struct buffer bytes;
    enum dalv_status status = DALV_OK;

    buffer_init(&bytes);
    for (; status == DALV_OK && entry != NULL; entry = entry->next)
        status = settle_dots(store, entry, &bytes);
    buffer_deinit(&bytes);
    if (status == DALV_OK)
        status = ledger_put(store->ledger, &part);
    if (status == DALV_OK)
        return ledger_commit(store->ledger);
    ledger_cancel(store->ledger);
    return status;
}

enum dalv_status store_renew_identity(struct store *store)
{
    struct ledger_identity identity = {
        .user = ledger_identity(store->ledger)->user};

    store->random(store->random_owner, identity.install.bytes,
                  INSTALL_ID_BYTES);
    return change_identity(store, &identity);
}

enum dalv_status store_set_device(struct store *store, uint64_t device)
{
    struct ledger_identity identity = *ledger_identity(store->ledger);

    if (identity.device == device)
        return DALV_OK;
    identity.device = device;
    return change_identity(store, &identity);
}
