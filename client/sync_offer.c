#include "client/sync_internal.h"

#include "base/bounds.h"
#include "client/replica_internal.h"

#include <stdlib.h>

/*
 * A cluster that was restored from a backup lost what came after. What this
 * device holds of it, at revisions above the last that both agree on, is
 * offered again, one transaction a key, before the device follows the cluster
 * and forgets it:
 *
 *   the cluster lost    register, counter: put, or counted, if absent
 *                       list: its elements
 *   it has another one  a conflict, for the resolver
 *
 * The offers are in the journal before anything is shown, with a mark, so that
 * a crash makes none twice. What another device offered before is there
 * already, its elements under dots of that device: one of equal value that came
 * after the restore stands for the one that was lost.
 */
struct offering {
    struct sync_machine *machine;
    uint64_t local_id;
    struct operation operations[BOUNDS_TRANSACTION_OPERATIONS_MAX];
    size_t count;
};

static bool is_touched(struct sync_machine *machine, struct bytes key)
{
    const struct ledger_entry *entry =
        ledger_pending(machine->store->ledger)->first;

    for (; entry != NULL; entry = entry->next) {
        for (size_t i = 0; i < entry->transaction.operation_count; i++) {
            if (bytes_equal(entry->transaction.operations[i].key, key))
                return true;
        }
    }
    return false;
}

static enum dalv_status put_offer(struct offering *offering, bool is_contested)
{
    struct store *store = offering->machine->store;
    struct cursor head = offering->machine->head;
    const struct transaction transaction = {.operations = offering->operations,
                                            .operation_count = offering->count,
                                            .local_id = offering->local_id,
                                            .base_revision = head.revision};
    struct ledger_part part = {
        .type = LEDGER_PART_ENTRY,
        .entry = {.local_id = offering->local_id,
                  .state = is_contested ? LEDGER_CONFLICT : LEDGER_PENDING,
                  .reason = is_contested ? DALV_CONFLICT : DALV_OK,
                  .base_history_id = head.history_id,
                  .time_us = offering->machine->now_us}};
    struct buffer bytes;
    enum dalv_status status;

    buffer_init(&bytes);
    status = store_encode(&transaction, &bytes);
    part.entry.transaction = buffer_bytes(&bytes);
    if (status == DALV_OK)
        status = ledger_put(store->ledger, &part);
    offering->local_id++;
    offering->count = 0;
    buffer_deinit(&bytes);
    return status;
}

static void add(struct offering *offering, const struct operation *operation)
{
    if (offering->count < BOUNDS_TRANSACTION_OPERATIONS_MAX)
        offering->operations[offering->count++] = *operation;
}

static bool has_element(struct sync_machine *machine, struct bytes key,
                        const struct element_state *element)
{
    struct replica_name name;
    struct change change;

    replica_name_make(&name, REPLICA_STAGED, key, &element->dot);
    return replica_find(machine->store->replica, &name, &change) !=
               DALV_OK /* It is not touched: the cluster has it. */
           || !change.element.is_removed;
}

/* Elements that came to the cluster's list after the restore. */
struct arrivals {
    uint64_t common;
    struct key_value *list;
};

static enum dalv_status note_arrival(void *owner, struct bytes name,
                                     const struct change *change)
{
    struct arrivals *arrivals = owner;

    (void)name;
    if (change->element.is_removed ||
        change->element.added_revision <= arrivals->common)
        return DALV_OK;
    return key_value_add_element(arrivals->list, &change->element);
}

static enum dalv_status find_arrivals(struct sync_machine *machine,
                                      struct bytes key, struct key_value *list)
{
    struct arrivals arrivals = {.common = machine->common, .list = list};
    struct replica_walk walk = {.visitor = note_arrival, .owner = &arrivals};
    struct replica_name prefix;

    replica_name_elements(&prefix, REPLICA_STAGED, key);
    walk.prefix = replica_name_bytes(&prefix);
    return replica_walk(machine->store->replica, &walk);
}

/* True if an arrival stands for it; that one stands for no other. */
static bool has_arrived(struct key_value *arrivals,
                        const struct element_state *element)
{
    for (size_t i = 0; i < arrivals->element_count; i++) {
        if (bytes_equal(arrivals->elements[i].value, element->value))
            return key_value_remove_element(arrivals,
                                            arrivals->elements[i].dot);
    }
    return false;
}

static enum dalv_status offer_elements(struct offering *offering,
                                       struct bytes key,
                                       const struct key_value *value,
                                       struct key_value *arrivals)
{
    struct sync_machine *machine = offering->machine;
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < value->element_count; i++) {
        const struct element_state *element = &value->elements[i];
        const struct operation operation = {
            .type = OPERATION_ADD_TO_LIST, .key = key, .value = element->value};

        if (element->added_revision <= machine->common ||
            has_element(machine, key, element) ||
            has_arrived(arrivals, element))
            continue;
        add(offering, &operation);
        if (offering->count == BOUNDS_TRANSACTION_OPERATIONS_MAX)
            status = put_offer(offering, /* is_contested= */ false);
    }
    if (status == DALV_OK && offering->count > 0)
        status = put_offer(offering, /* is_contested= */ false);
    return status;
}

static enum dalv_status offer_list(struct offering *offering, struct bytes key,
                                   const struct key_value *value)
{
    struct key_value arrivals;
    enum dalv_status status;

    key_value_init(&arrivals);
    status = find_arrivals(offering->machine, key, &arrivals);
    if (status == DALV_OK)
        status = offer_elements(offering, key, value, &arrivals);
    key_value_deinit(&arrivals);
    return status;
}

static enum dalv_status offer_value(struct offering *offering, struct bytes key,
                                    const struct key_value *value,
                                    const struct key_state *staged)
{
    struct operation operation = {.type = OPERATION_ADD,
                                  .key = key,
                                  .value = value->state.value,
                                  .flags = value->state.flags};

    if (key_state_is_in_parts(&value->state)) {
        struct parts_id id = store_large_shown(key, &value->state);

        if (!store_has_large(offering->machine->store, &id))
            return DALV_OK;
        operation.type = OPERATION_PUT_UPLOADED;
        operation.value = (struct bytes){0};
        operation.upload = store_new_upload(offering->machine->store);
        operation.bytes = id.bytes;
        operation.hash = id.hash;
    }
    if (value->state.kind == KEY_COUNTER) {
        operation = (struct operation){.type = OPERATION_INCREMENT,
                                       .key = key,
                                       .number = value->state.number};
        if (staged->kind == KEY_COUNTER &&
            __builtin_sub_overflow(value->state.number, staged->number,
                                   &operation.number))
            return DALV_OK;
    }
    add(offering, &operation);
    return put_offer(offering,
                     /* is_contested= */ staged->kind != KEY_NONE);
}

static bool is_same_value(const struct key_state *a, const struct key_state *b)
{
    return a->kind == b->kind && a->flags == b->flags &&
           a->number == b->number && a->generation == b->generation &&
           bytes_equal(a->value, b->value);
}

/* One key that is shown: what will be shown of it is staged. */
static enum dalv_status offer_key(struct offering *offering, struct bytes key)
{
    struct replica *replica = offering->machine->store->replica;
    struct key_value value;
    struct key_value staged;
    bool is_staged;
    enum dalv_status status;

    key_value_init(&value);
    key_value_init(&staged);
    status = replica_get(replica, key, &value);
    if (status == DALV_OK)
        status = replica_get_state(replica, REPLICA_STAGED, key, &staged);
    is_staged = status == DALV_OK;
    if (status == DALV_NOT_FOUND)
        status = DALV_OK;
    if (status == DALV_OK && value.state.revision > offering->machine->common &&
        !is_touched(offering->machine, key)) {
        if (value.state.kind == KEY_LIST)
            status = offer_list(offering, key, &value);
        else if (is_staged && !is_same_value(&value.state, &staged.state))
            status = offer_value(offering, key, &value, &staged.state);
    }
    key_value_deinit(&value);
    key_value_deinit(&staged);
    return status;
}

static enum dalv_status offer_all(struct offering *offering)
{
    struct replica *replica = offering->machine->store->replica;
    struct buffer key;
    struct buffer after;
    enum dalv_status status = DALV_OK;

    buffer_init(&key);
    buffer_init(&after);
    while (status == DALV_OK) {
        status = replica_next_key(replica, (struct bytes){0},
                                  buffer_bytes(&after), &key);
        if (status == DALV_OK)
            status = offer_key(offering, buffer_bytes(&key));
        buffer_clear(&after);
        buffer_put(&after, buffer_bytes(&key));
    }
    buffer_deinit(&key);
    buffer_deinit(&after);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

enum dalv_status sync_offer(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    struct ledger_part mark = {.type = LEDGER_PART_OFFERED,
                               .offered = machine->head.history_id};
    struct offering *offering;
    enum dalv_status status;

    if (!machine->is_restored ||
        ledger_position(ledger)->offered_history_id == mark.offered)
        return DALV_OK;
    offering = calloc(1, sizeof(*offering));
    if (offering == NULL)
        return DALV_NO_MEMORY;
    offering->machine = machine;
    offering->local_id = ledger_position(ledger)->local_id_next;
    status = offer_all(offering);
    free(offering);
    if (status == DALV_OK)
        status = ledger_put(ledger, &mark);
    if (status == DALV_OK)
        return ledger_commit(ledger);
    ledger_cancel(ledger);
    return status;
}
