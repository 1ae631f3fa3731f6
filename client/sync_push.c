#include "client/sync_internal.h"

#include <stdlib.h>

/*
 * Held back: work that waits for a resolver, and what depends on it, by a key
 * or by the application's word, through any number of others. What was sent is
 * sent again whatever it depends on.
 */
struct holding {
    const struct ledger_entry **held;
    size_t held_count;
};

static bool shares_key(const struct ledger_entry *a,
                       const struct ledger_entry *b)
{
    for (size_t i = 0; i < a->transaction.operation_count; i++) {
        for (size_t j = 0; j < b->transaction.operation_count; j++) {
            if (a->key_hashes[i] == b->key_hashes[j])
                return true;
        }
    }
    return false;
}

static bool is_held(const struct holding *holding,
                    const struct ledger_entry *entry)
{
    if (entry->draft.state == LEDGER_CONFLICT)
        return true;
    for (size_t i = 0; i < holding->held_count; i++) {
        const struct ledger_entry *held = holding->held[i];

        if (held->draft.local_id == entry->transaction.after ||
            shares_key(held, entry))
            return true;
    }
    return false;
}

/* It waits, and what depends on it: for a resolver, or for its values to have
   arrived. What can not be told is left to whoever acts on it. */
static bool must_wait(struct sync_machine *machine,
                      const struct holding *holding,
                      const struct ledger_entry *entry)
{
    size_t place;

    return is_held(holding, entry) ||
           sync_find_unsent(machine, entry, &place) == DALV_OK;
}

/* Gives the numbers: the caller commits them before anything leaves. */
struct numbering {
    struct sync_machine *machine;
    struct holding holding;
    uint64_t next;
    size_t count;
    size_t bytes;
    struct buffer sent;
};

static bool is_full(const struct numbering *numbering,
                    const struct ledger_entry *entry)
{
    return numbering->count >= SYNC_PUSHES_MAX ||
           (numbering->count > 0 &&
            numbering->bytes + entry->draft.transaction.size >
                SYNC_PUSH_BYTES_MAX);
}

static enum dalv_status number_one(struct numbering *numbering,
                                   const struct ledger_entry *entry)
{
    struct store *store = numbering->machine->store;
    struct ledger_part part = {.type = LEDGER_PART_NUMBERED,
                               .numbered = {.local_id = entry->draft.local_id,
                                            .push_number = numbering->next}};
    enum dalv_status status =
        store_encode_sent(store, &entry->transaction, &numbering->sent);

    if (status != DALV_OK)
        return status;
    part.numbered.sent = buffer_bytes(&numbering->sent);
    status = ledger_put(store->ledger, &part);
    numbering->next++;
    numbering->count++;
    numbering->bytes += entry->draft.transaction.size;
    return status;
}

static enum dalv_status number_all(struct numbering *numbering)
{
    struct ledger *ledger = numbering->machine->store->ledger;
    const struct ledger_entry *entry = ledger_pending(ledger)->first;
    enum dalv_status status = DALV_OK;

    for (; status == DALV_OK && entry != NULL; entry = entry->next) {
        if (entry->draft.push_number != 0)
            continue;
        if (must_wait(numbering->machine, &numbering->holding, entry))
            numbering->holding.held[numbering->holding.held_count++] = entry;
        else if (is_full(numbering, entry))
            break;
        else
            status = number_one(numbering, entry);
    }
    return status;
}

static void count_sent(struct numbering *numbering)
{
    struct ledger *ledger = numbering->machine->store->ledger;
    uint64_t number = ledger_position(ledger)->settled + 1;

    for (; number < numbering->next; number++) {
        numbering->count++;
        numbering->bytes +=
            ledger_entry_sent(ledger_pushed(ledger, number)).size;
    }
}

static enum dalv_status give_numbers(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    struct numbering numbering = {.machine = machine,
                                  .next = ledger_push_last(ledger) + 1};
    enum dalv_status status;

    numbering.holding.held = calloc(ledger_pending(ledger)->count + 1,
                                    sizeof(*numbering.holding.held));
    if (numbering.holding.held == NULL)
        return DALV_NO_MEMORY;
    buffer_init(&numbering.sent);
    count_sent(&numbering);
    status = number_all(&numbering);
    if (status == DALV_OK)
        status = ledger_commit(ledger);
    else
        ledger_cancel(ledger);
    buffer_deinit(&numbering.sent);
    free(numbering.holding.held);
    return status;
}

/*
 * What is settled is known by the chain; all that was sent beyond goes again,
 * since a copy of an earlier request may still be judged.
 */
static enum dalv_status lay_out(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    uint64_t last = ledger_push_last(ledger);
    size_t count;

    machine->push_first = machine->settled + 1;
    count = (size_t)(last + 1 - machine->push_first);
    free(machine->pushes);
    machine->pushes = calloc(count + 1, sizeof(*machine->pushes));
    machine->push_count = 0;
    if (machine->pushes == NULL)
        return DALV_NO_MEMORY;
    for (uint64_t number = machine->push_first; number <= last; number++)
        machine->pushes[machine->push_count++] =
            ledger_entry_sent(ledger_pushed(ledger, number));
    return DALV_OK;
}

enum dalv_status sync_prepare_pushes(struct sync_machine *machine)
{
    enum dalv_status status = DALV_OK;

    /* Its base is too old to be judged: it will get another number. */
    if (machine->is_catching_up) {
        machine->push_first = machine->settled + 1;
        machine->push_count = 0;
        return DALV_OK;
    }
    if (!machine->is_begun)
        status = give_numbers(machine);
    return status == DALV_OK ? lay_out(machine) : status;
}

bool sync_has_work(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    const struct ledger_entries *pending = ledger_pending(ledger);
    const struct ledger_entry *entry = pending->first;
    struct holding holding = {.held =
                                  calloc(pending->count + 1, sizeof(entry))};
    bool has_work = holding.held == NULL;

    for (; !has_work && entry != NULL; entry = entry->next) {
        if (entry->draft.push_number == 0 &&
            must_wait(machine, &holding, entry))
            holding.held[holding.held_count++] = entry;
        else
            has_work = true;
    }
    free(holding.held);
    return has_work;
}

enum dalv_status sync_next_upload(struct sync_machine *machine,
                                  const struct ledger_entry **out_entry,
                                  size_t *out_place)
{
    const struct ledger_entries *pending =
        ledger_pending(machine->store->ledger);
    const struct ledger_entry *entry = pending->first;
    struct holding holding = {.held =
                                  calloc(pending->count + 1, sizeof(entry))};
    enum dalv_status status =
        holding.held == NULL ? DALV_NO_MEMORY : DALV_NOT_FOUND;

    for (; status == DALV_NOT_FOUND && entry != NULL; entry = entry->next) {
        if (entry->draft.push_number != 0)
            continue;
        if (is_held(&holding, entry)) {
            holding.held[holding.held_count++] = entry;
            continue;
        }
        status = sync_find_unsent(machine, entry, out_place);
        *out_entry = entry;
    }
    free(holding.held);
    return status;
}
