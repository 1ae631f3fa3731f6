#include "base/bounds.h"
#include "client/sync_internal.h"
#include "sync/kind.h"

#include <stdlib.h>
#include <string.h>

/*
 * A transaction in conflict is taken apart by keys. Each key that another
 * changed is a question to the resolver; the operations on all other keys stay
 * as they are. What comes out takes the transaction's place.
 */
struct resolving {
    struct sync_machine *machine;
    const struct ledger_entry *entry;
    struct operation *operations; /* What it will be. */
    size_t operation_count;
    struct operation *lost; /* What went to the conflict log. */
    size_t lost_count;
    struct operation *mine; /* On the key that is asked about. */
    size_t mine_count;
    bool is_later;
    bool is_answered; /* Other operations stand in the place of its own. */
    struct key_value *kept; /* Owns the bytes of answers. */
};

static bool is_first_on_key(const struct transaction *transaction, size_t place)
{
    for (size_t i = 0; i < place; i++) {
        if (bytes_equal(transaction->operations[i].key,
                        transaction->operations[place].key))
            return false;
    }
    return true;
}

static void collect_mine(struct resolving *resolving, struct bytes key)
{
    const struct transaction *transaction = &resolving->entry->transaction;

    resolving->mine_count = 0;
    for (size_t i = 0; i < transaction->operation_count; i++) {
        if (bytes_equal(transaction->operations[i].key, key))
            resolving->mine[resolving->mine_count++] =
                transaction->operations[i];
    }
}

static bool is_contested(const struct resolving *resolving,
                         const struct key_value *base,
                         const struct key_value *theirs)
{
    struct store *store = resolving->machine->store;
    uint64_t device = ledger_identity(store->ledger)->device;

    for (size_t i = 0; i < resolving->mine_count; i++) {
        if (!sync_is_same(&resolving->mine[i], &base->state, &theirs->state,
                          device))
            return true;
    }
    return false;
}

static void put_operation(struct resolving *resolving,
                          const struct operation *operation)
{
    resolving->operations[resolving->operation_count++] = *operation;
}

/* The key is not contested: nothing stands in the way of its operations. */
static void keep_mine(struct resolving *resolving)
{
    for (size_t i = 0; i < resolving->mine_count; i++)
        put_operation(resolving, &resolving->mine[i]);
}

/* What is there may be of another kind, or occupy the key: it makes way. */
static enum dalv_status keep_mine_over(struct resolving *resolving,
                                       const struct key_value *theirs)
{
    const struct operation *first = &resolving->mine[0];
    const struct operation removal = {.type = OPERATION_DEL, .key = first->key};

    if (resolving->operation_count + resolving->mine_count >=
        BOUNDS_TRANSACTION_OPERATIONS_MAX)
        return DALV_TOO_BIG;
    if (kind_admits(theirs->state.kind, first->type) != DALV_OK)
        put_operation(resolving, &removal);
    keep_mine(resolving);
    return DALV_OK;
}

static void lose_mine(struct resolving *resolving)
{
    for (size_t i = 0; i < resolving->mine_count; i++)
        resolving->lost[resolving->lost_count++] = resolving->mine[i];
}

/* The resolver's memory is its own: what it answered is copied. */
static enum dalv_status keep_answer(struct resolving *resolving,
                                    const struct sync_answer *answer)
{
    size_t count = resolving->operation_count + answer->operation_count;
    enum dalv_status status = DALV_OK;

    if (count > BOUNDS_TRANSACTION_OPERATIONS_MAX)
        return DALV_TOO_BIG;
    for (size_t i = 0; status == DALV_OK && i < answer->operation_count; i++) {
        struct operation operation = answer->operations[i];
        struct bytes dots = bytes_make(operation.dots, operation.dot_count *
                                                           sizeof(struct dot));

        status = operation_check(&operation);
        if (status == DALV_OK)
            status =
                key_value_keep(resolving->kept, operation.key, &operation.key);
        if (status == DALV_OK)
            status = key_value_keep(resolving->kept, operation.value,
                                    &operation.value);
        if (status == DALV_OK)
            status = key_value_keep(resolving->kept, dots, &dots);
        operation.dots = (const struct dot *)(const void *)dots.data;
        if (status == DALV_OK)
            resolving->operations[resolving->operation_count++] = operation;
    }
    return status;
}

static enum dalv_status take_answer(struct resolving *resolving,
                                    const struct key_value *theirs,
                                    const struct sync_answer *answer)
{
    switch (answer->resolution) {
    case SYNC_RESOLVE_LATER:
        resolving->is_later = true;
        break;
    case SYNC_RESOLVE_MINE:
        return keep_mine_over(resolving, theirs);
    case SYNC_RESOLVE_THEIRS:
        lose_mine(resolving);
        break;
    case SYNC_RESOLVE_ANSWER:
        resolving->is_answered = true;
        lose_mine(resolving);
        return keep_answer(resolving, answer);
    }
    return DALV_OK;
}

static enum dalv_status ask(struct resolving *resolving, struct bytes key,
                            const struct key_value *base,
                            const struct key_value *theirs)
{
    const struct sync_options *options = &resolving->machine->options;
    const struct sync_conflict conflict = {
        .local_id = resolving->entry->draft.local_id,
        .key = key,
        .base = base,
        .theirs = theirs,
        .operations = resolving->mine,
        .operation_count = resolving->mine_count};
    struct sync_answer answer = {.resolution = SYNC_RESOLVE_LATER};

    resolving->machine->report.conflict_count++;
    if (options->resolver != NULL)
        options->resolver(options->resolver_owner, &conflict, &answer);
    return take_answer(resolving, theirs, &answer);
}

static enum dalv_status resolve_key(struct resolving *resolving,
                                    struct bytes key)
{
    struct store *store = resolving->machine->store;
    struct key_value base;
    struct key_value theirs;
    enum dalv_status status;

    key_value_init(&base);
    key_value_init(&theirs);
    collect_mine(resolving, key);
    status = sync_read_base(resolving->entry->draft.base, key, &base);
    if (status == DALV_OK)
        status = replica_get(store->replica, key, &theirs);
    if (status == DALV_OK && is_contested(resolving, &base, &theirs))
        status = ask(resolving, key, &base, &theirs);
    else if (status == DALV_OK)
        keep_mine(resolving);
    key_value_deinit(&base);
    key_value_deinit(&theirs);
    return status;
}

static enum dalv_status put_lost(struct resolving *resolving)
{
    struct store *store = resolving->machine->store;
    const struct transaction transaction = {
        .operations = resolving->lost,
        .operation_count = resolving->lost_count,
        .local_id = resolving->entry->draft.local_id};
    struct ledger_part part = {
        .type = LEDGER_PART_ENTRY,
        .entry = {.local_id = resolving->entry->draft.local_id,
                  .state = LEDGER_LOST,
                  .reason = DALV_CONFLICT,
                  .time_us = resolving->machine->now_us}};
    struct buffer bytes;
    enum dalv_status status;

    buffer_init(&bytes);
    status = store_encode(&transaction, &bytes);
    part.entry.transaction = buffer_bytes(&bytes);
    if (status == DALV_OK)
        status = ledger_put(store->ledger, &part);
    buffer_deinit(&bytes);
    return status;
}

static enum dalv_status put_again(struct resolving *resolving,
                                  uint64_t local_id)
{
    struct store *store = resolving->machine->store;
    struct cursor cursor = replica_state(store->replica)->cursor;
    const struct transaction transaction = {
        .operations = resolving->operations,
        .operation_count = resolving->operation_count,
        .local_id = local_id,
        .base_revision = cursor.revision,
        .after = resolving->entry->transaction.after};
    struct ledger_part part = {
        .type = LEDGER_PART_ENTRY,
        .entry = {.local_id = local_id,
                  .replaces = resolving->entry->draft.local_id,
                  .state = LEDGER_PENDING,
                  .base_history_id = cursor.history_id,
                  .time_us = resolving->entry->draft.time_us}};
    struct buffer bytes;
    struct buffer base;
    enum dalv_status status;

    buffer_init(&bytes);
    buffer_init(&base);
    status = store_encode(&transaction, &bytes);
    if (status == DALV_OK)
        status = store_put_bases(store, &transaction, &base);
    part.entry.transaction = buffer_bytes(&bytes);
    part.entry.base = buffer_bytes(&base);
    if (status == DALV_OK)
        status = ledger_put(store->ledger, &part);
    buffer_deinit(&bytes);
    buffer_deinit(&base);
    return status;
}

/*
 * The transaction goes on under its own id as long as its operations are its
 * own: dots then name what they named before. With other operations, or with
 * fewer, it is another one, and its own id stays with what was lost.
 */
static enum dalv_status put_result(struct resolving *resolving)
{
    struct ledger *ledger = resolving->machine->store->ledger;
    uint64_t local_id = resolving->entry->draft.local_id;
    enum dalv_status status = DALV_OK;

    if (resolving->lost_count > 0)
        local_id = ledger_position(ledger)->local_id_next;
    if (resolving->operation_count > 0)
        status = put_again(resolving, local_id);
    if (status == DALV_OK && resolving->lost_count > 0)
        status = put_lost(resolving);
    if (status == DALV_OK)
        return ledger_commit(ledger);
    ledger_cancel(ledger);
    return status;
}

static enum dalv_status resolve_entry(struct resolving *resolving)
{
    const struct transaction *transaction = &resolving->entry->transaction;
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < transaction->operation_count;
         i++) {
        if (is_first_on_key(transaction, i))
            status = resolve_key(resolving, transaction->operations[i].key);
    }
    if (status != DALV_OK || resolving->is_later)
        return status;
    return put_result(resolving);
}

static enum dalv_status resolve_one(struct sync_machine *machine,
                                    const struct ledger_entry *entry)
{
    size_t count = BOUNDS_TRANSACTION_OPERATIONS_MAX;
    struct operation *block = calloc(3 * count + 1, sizeof(*block));
    struct key_value kept;
    struct resolving resolving = {
        .machine = machine, .entry = entry, .kept = &kept};
    enum dalv_status status;

    if (block == NULL)
        return DALV_NO_MEMORY;
    resolving.operations = block;
    resolving.lost = block + count;
    resolving.mine = block + 2 * count;
    key_value_init(&kept);
    status = resolve_entry(&resolving);
    key_value_deinit(&kept);
    free(block);
    return status;
}

static bool is_for_later(const struct sync_machine *machine, uint64_t local_id)
{
    for (size_t i = 0; i < machine->later.size; i += sizeof(local_id)) {
        if (memcmp(machine->later.data + i, &local_id, sizeof(local_id)) == 0)
            return true;
    }
    return false;
}

static void leave_for_later(struct sync_machine *machine, uint64_t local_id)
{
    buffer_put(&machine->later, bytes_make(&local_id, sizeof(local_id)));
}

static const struct ledger_entry *
next_conflict(const struct sync_machine *machine)
{
    const struct ledger_entry *entry =
        ledger_pending(machine->store->ledger)->first;

    while (entry != NULL && (entry->draft.state != LEDGER_CONFLICT ||
                             is_for_later(machine, entry->draft.local_id)))
        entry = entry->next;
    return entry;
}

enum dalv_status sync_resolve(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    const struct ledger_entry *entry = next_conflict(machine);
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && entry != NULL) {
        uint64_t local_id = entry->draft.local_id;

        status = resolve_one(machine, entry);
        entry = ledger_find(ledger, local_id);
        if (entry != NULL && entry->draft.state == LEDGER_CONFLICT)
            leave_for_later(machine, local_id);
        entry = next_conflict(machine);
    }
    machine->report.waiting_count = machine->later.size / sizeof(uint64_t);
    return status;
}
