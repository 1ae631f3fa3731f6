#include "client/sync_internal.h"
#include "sync/kind.h"

static bool is_same_content(const struct key_state *a,
                            const struct key_state *b)
{
    return a->kind == b->kind && a->revision == b->revision &&
           a->flags == b->flags && a->number == b->number &&
           a->generation == b->generation && bytes_equal(a->value, b->value);
}

/* True if the last thing that happened to the key was a PUT or DEL of ours. */
static bool is_own_reset(const struct key_state *found, uint64_t device)
{
    return device != 0 && found->writer == device &&
           found->reset_revision == found->revision && found->revision != 0;
}

static bool is_same_list(const struct key_state *base,
                         const struct key_state *found)
{
    if (base->kind == KEY_NONE)
        return found->kind == KEY_NONE || found->kind == KEY_LIST;
    return base->kind == found->kind && base->generation == found->generation;
}

static bool is_same_counter(const struct key_state *base,
                            const struct key_state *found)
{
    if (base->kind == KEY_NONE)
        return found->kind == KEY_NONE || found->kind == KEY_COUNTER;
    return base->kind == found->kind &&
           base->reset_revision == found->reset_revision;
}

/* The PUT would change nothing but when its value ends, if that. */
static bool is_put_already(const struct operation *operation,
                           const struct key_state *found)
{
    return (operation->type == OPERATION_PUT ||
            operation->type == OPERATION_PUT_UPLOADED) &&
           operation->ttl_ms == 0 && kind_is_equal_put(found, operation);
}

static bool is_same_register(const struct operation *operation,
                             const struct key_state *base,
                             const struct key_state *found)
{
    if (base->kind == KEY_NONE && found->kind == KEY_NONE)
        return true;
    if (operation->type == OPERATION_DEL && found->kind == KEY_NONE)
        return true;
    return is_put_already(operation, found) || is_same_content(base, found);
}

bool sync_is_same(const struct operation *operation,
                  const struct key_state *base, const struct key_state *found,
                  uint64_t device)
{
    if (is_own_reset(found, device))
        return true;
    switch (operation->type) {
    case OPERATION_ADD_TO_LIST:
    case OPERATION_REMOVE_FROM_LIST:
        return is_same_list(base, found);
    case OPERATION_INCREMENT:
        return is_same_counter(base, found);
    case OPERATION_PUT:
    case OPERATION_DEL:
    case OPERATION_ADD:
    case OPERATION_UPLOAD:
    case OPERATION_PUT_UPLOADED:
        break;
    }
    return is_same_register(operation, base, found);
}

enum dalv_status sync_read_base(struct bytes page, struct bytes key,
                                struct key_value *out_value)
{
    struct change_reader changes;
    struct change change;
    enum dalv_status status;

    change_reader_init(&changes, page);
    while ((status = change_next(&changes, &change)) == DALV_OK) {
        if (!bytes_equal(change.key, key))
            continue;
        if (change.type == CHANGE_KEY)
            status = key_value_set_state(out_value, &change.state);
        else
            status = key_value_add_element(out_value, &change.element);
        if (status != DALV_OK)
            return status;
    }
    return status == DALV_NOT_FOUND ? DALV_OK : DALV_DAMAGED;
}

/* DALV_CONFLICT if another changed what the operation was made on. */
static enum dalv_status compare(struct sync_machine *machine,
                                const struct ledger_entry *entry, size_t place)
{
    struct store *store = machine->store;
    const struct operation *operation = &entry->transaction.operations[place];
    uint64_t device = ledger_identity(store->ledger)->device;
    struct key_value base;
    struct key_value found;
    enum dalv_status status;

    key_value_init(&base);
    key_value_init(&found);
    status = sync_read_base(entry->draft.base, operation->key, &base);
    if (status == DALV_OK)
        status = replica_get_state(store->replica, REPLICA_SHOWN,
                                   operation->key, &found);
    if (status == DALV_NOT_FOUND)
        status = DALV_OK;
    if (status == DALV_OK &&
        !sync_is_same(operation, &base.state, &found.state, device))
        status = DALV_CONFLICT;
    key_value_deinit(&base);
    key_value_deinit(&found);
    return status;
}

/* The entry, based on what is shown now. */
static enum dalv_status rebase_entry(struct sync_machine *machine,
                                     const struct ledger_entry *entry)
{
    struct store *store = machine->store;
    struct cursor cursor = replica_state(store->replica)->cursor;
    struct transaction transaction = entry->transaction;
    struct ledger_part part = {.type = LEDGER_PART_ENTRY,
                               .entry = entry->draft};
    struct buffer bytes;
    struct buffer base;
    enum dalv_status status;

    part.entry.push_number = 0;
    part.entry.sent = (struct bytes){0};
    buffer_init(&bytes);
    buffer_init(&base);
    part.entry.base_history_id = cursor.history_id;
    transaction.base_revision = cursor.revision;
    status = store_encode(&transaction, &bytes);
    if (status == DALV_OK)
        status = store_put_bases(store, &transaction, &base);
    if (status == DALV_OK) {
        part.entry.transaction = buffer_bytes(&bytes);
        part.entry.base = buffer_bytes(&base);
        status = ledger_put(store->ledger, &part);
    }
    buffer_deinit(&bytes);
    buffer_deinit(&base);
    return status;
}

/* It keeps the base that it was made on, for the resolver, whose answer is
   based anew. */
static enum dalv_status put_conflict(struct sync_machine *machine,
                                     const struct ledger_entry *entry,
                                     size_t place)
{
    struct ledger_part part = {.type = LEDGER_PART_ENTRY,
                               .entry = entry->draft};

    part.entry.push_number = 0;
    part.entry.sent = (struct bytes){0};
    part.entry.state = LEDGER_CONFLICT;
    part.entry.reason = DALV_CONFLICT;
    part.entry.operation = (uint32_t)place;
    part.entry.base_history_id =
        replica_state(machine->store->replica)->cursor.history_id;
    return ledger_put(machine->store->ledger, &part);
}

static enum dalv_status judge_entry(struct sync_machine *machine,
                                    const struct ledger_entry *entry)
{
    size_t count = entry->transaction.operation_count;
    enum dalv_status status = DALV_OK;
    size_t place = 0;

    if (entry->draft.state == LEDGER_CONFLICT)
        return put_conflict(machine, entry, entry->draft.operation);
    for (; status == DALV_OK && place < count; place++)
        status = compare(machine, entry, place);
    if (status == DALV_CONFLICT)
        return put_conflict(machine, entry, place - 1);
    return status == DALV_OK ? rebase_entry(machine, entry) : status;
}

enum dalv_status sync_rebase(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    const struct ledger_entry *entry = ledger_pending(ledger)->first;
    enum dalv_status status = DALV_OK;

    for (; status == DALV_OK && entry != NULL; entry = entry->next)
        status = judge_entry(machine, entry);
    if (status == DALV_OK)
        return ledger_commit(ledger);
    ledger_cancel(ledger);
    return status;
}

bool sync_is_rebuilding(struct sync_machine *machine, uint64_t history_id)
{
    struct store *store = machine->store;
    uint64_t shown = replica_state(store->replica)->cursor.revision;
    const struct ledger_entry *entry = ledger_pending(store->ledger)->first;
    bool is_ahead = false;

    for (; entry != NULL; entry = entry->next) {
        uint64_t base_history_id = entry->draft.base_history_id;

        if (base_history_id != 0 && base_history_id != history_id)
            return false;
        is_ahead |= entry->transaction.base_revision > shown;
    }
    return is_ahead;
}

bool sync_needs_rebase(struct sync_machine *machine)
{
    struct store *store = machine->store;
    uint64_t history_id = replica_state(store->replica)->cursor.history_id;
    const struct ledger_entry *entry = ledger_pending(store->ledger)->first;

    /* An empty replica shows nothing to compare with: a sync comes first, and
       the cluster judges nothing whose base is ahead of the cursor. */
    if (history_id == 0)
        return false;
    for (; entry != NULL; entry = entry->next) {
        if (entry->draft.base_history_id != 0 &&
            entry->draft.base_history_id != history_id)
            return true;
    }
    return false;
}
