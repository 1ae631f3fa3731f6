#include "client/sync_internal.h"
#include "model/transaction_format.h"

#include <stdlib.h>

enum {
    NOTE_BYTES_MAX = 32, /* Beside the place that it holds. */
};

static enum dalv_status reserve_outcomes(struct sync_machine *machine,
                                         size_t extra)
{
    size_t wanted = machine->outcome_count + extra;
    size_t capacity = machine->outcome_capacity * 2 + 16;
    struct outcome *outcomes;

    if (wanted <= machine->outcome_capacity)
        return DALV_OK;
    if (capacity < wanted)
        capacity = wanted;
    outcomes = realloc(machine->outcomes, capacity * sizeof(*outcomes));
    if (outcomes == NULL)
        return DALV_NO_MEMORY;
    machine->outcomes = outcomes;
    machine->outcome_capacity = capacity;
    return DALV_OK;
}

static bool has_outcome(const struct sync_machine *machine, uint64_t number)
{
    for (size_t i = 0; i < machine->outcome_count; i++) {
        if (machine->outcomes[i].push_number == number)
            return true;
    }
    return false;
}

/* Bad ones come again in each answer; each counts once. */
static void keep(struct sync_machine *machine, const struct outcome *outcome)
{
    uint64_t known = ledger_position(machine->store->ledger)->settled;

    if (outcome->push_number > known &&
        !has_outcome(machine, outcome->push_number))
        machine->outcomes[machine->outcome_count++] = *outcome;
}

enum dalv_status sync_keep_outcomes(struct sync_machine *machine,
                                    const struct message_synced *synced)
{
    struct ledger *ledger = machine->store->ledger;
    enum dalv_status status = reserve_outcomes(machine, synced->outcome_count);

    if (status != DALV_OK)
        return status;
    /* What was never given a number can not have been judged. */
    if (synced->settled > ledger_push_last(ledger))
        return DALV_PROTOCOL;
    for (size_t i = 0; i < synced->outcome_count; i++)
        keep(machine, &synced->outcomes[i]);
    if (synced->settled > machine->settled)
        machine->settled = synced->settled;
    return DALV_OK;
}

/* An own transaction came back as a number: what it says happened. */
static enum dalv_status stage_own(struct sync_machine *machine, uint64_t number,
                                  uint64_t revision)
{
    struct store *store = machine->store;
    const struct ledger_entry *entry = ledger_pushed(store->ledger, number);
    uint64_t device = ledger_identity(store->ledger)->device;
    struct outcome outcome = {
        .push_number = number, .result = OUTCOME_APPLIED, .revision = revision};
    struct transaction sent;
    struct arena arena;
    size_t arena_bytes;
    uint8_t *block;
    enum dalv_status status = reserve_outcomes(machine, 1);

    if (entry == NULL)
        return DALV_PROTOCOL;
    arena_bytes = entry->draft.transaction.size * sizeof(struct operation) +
                  sizeof(struct operation) * 4;
    block = malloc(arena_bytes);
    if (status != DALV_OK || block == NULL) {
        free(block);
        return DALV_NO_MEMORY;
    }
    arena_init(&arena, block, arena_bytes);
    status = transaction_decode(ledger_entry_sent(entry), &arena, &sent);
    if (status == DALV_OK)
        status = replica_stage_own(store->replica, &sent, revision, device);
    free(block);
    if (status == DALV_OK)
        keep(machine, &outcome);
    return status;
}

static enum dalv_status stage_all_own(struct sync_machine *machine,
                                      const struct message_synced *synced)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < synced->applied_count; i++) {
        if (synced->applied[i] != 0)
            status = stage_own(machine, synced->applied_first + i,
                               synced->applied[i]);
    }
    return status;
}

static enum dalv_status put_outcome(struct sync_machine *machine,
                                    const struct outcome *outcome)
{
    struct ledger *ledger = machine->store->ledger;
    const struct ledger_entry *entry =
        ledger_pushed(ledger, outcome->push_number);
    struct ledger_part part = {.type = LEDGER_PART_OUTCOME,
                               .outcome = *outcome};

    /* Its number is closed, and nothing else of it. */
    if (entry != NULL && sync_is_forgotten(entry, outcome))
        return sync_renew_uploads(machine, entry);
    return ledger_put(ledger, &part);
}

static enum dalv_status put_settled(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    struct ledger_part part = {
        .type = LEDGER_PART_SETTLED,
        .settled = {.settled = machine->settled,
                    .chain = ledger_chain(ledger, machine->settled)}};
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < machine->outcome_count; i++) {
        if (machine->outcomes[i].push_number <= machine->settled)
            status = put_outcome(machine, &machine->outcomes[i]);
    }
    return status == DALV_OK ? ledger_put(ledger, &part) : status;
}

static void count_settled(struct sync_machine *machine)
{
    struct sync_report *report = &machine->report;
    uint64_t known = ledger_position(machine->store->ledger)->settled;

    report->pushed_count += machine->settled - known;
    for (size_t i = 0; i < machine->outcome_count; i++) {
        const struct outcome *outcome = &machine->outcomes[i];

        report->merged_count += outcome->result == OUTCOME_MERGED;
        if (outcome->result != OUTCOME_REFUSED)
            continue;
        report->pushed_count--;
        report->refused_count += outcome->status != DALV_CONFLICT &&
                                 outcome->status != DALV_WAITS &&
                                 outcome->status != DALV_NOT_FOUND;
    }
}

/*
 * Show what was staged, with what it settles; then the journal may let go. A
 * crash between the two is made good when the store is opened.
 */
static enum dalv_status show(struct sync_machine *machine, struct cursor cursor)
{
    struct store *store = machine->store;
    const struct replica_state state = {.cursor = cursor,
                                        .settled = machine->settled,
                                        .identity = store_identity(store)};
    enum dalv_status status = DALV_OK;

    ledger_cancel(store->ledger);
    if (machine->settled > ledger_position(store->ledger)->settled)
        status = put_settled(machine);
    if (status == DALV_OK)
        status =
            replica_show(store->replica, &state, ledger_parts(store->ledger),
                         machine->options.told, machine->options.told_owner);
    if (status != DALV_OK) {
        ledger_cancel(store->ledger);
        return status;
    }
    if (machine->settled > ledger_position(store->ledger)->settled)
        count_settled(machine);
    status = ledger_commit(store->ledger);
    machine->outcome_count = 0;
    return status;
}

/* Everything is shown: what is next depends on the work that is left. */
static enum dalv_status finish(struct sync_machine *machine,
                               uint64_t settled_before)
{
    bool was_catching_up = machine->is_catching_up;
    bool is_rebased = was_catching_up && !machine->is_rebuilding;
    enum dalv_status status;

    machine->is_catching_up = false;
    machine->is_begun = false;
    buffer_clear(&machine->resume);
    status = is_rebased ? sync_rebase(machine) : DALV_OK;
    /* All that others wrote is shown now: there is nothing newer to ask with.
     */
    if (status == DALV_OK && !sync_has_work(machine))
        status = sync_resolve(machine);
    if (status == DALV_OK)
        status = ledger_compact(machine->store->ledger);
    if (status != DALV_OK)
        return status;
    machine->phase = SYNC_PHASE_DONE;
    if (!sync_has_work(machine))
        return sync_begin_upload(machine);
    machine->phase = SYNC_PHASE_SYNC;
    /* A cluster that settles nothing of what it got would be asked for ever. */
    return !was_catching_up && machine->push_count > 0 &&
                   machine->settled == settled_before
               ? DALV_BUSY
               : DALV_OK;
}

/* From where, of which history, and how to go on: the next machine may. */
static enum dalv_status put_note(const struct sync_machine *machine,
                                 const struct message_synced *synced,
                                 struct buffer *note)
{
    struct cursor cursor = replica_state(machine->store->replica)->cursor;
    enum dalv_status status =
        buffer_reserve(note, NOTE_BYTES_MAX + synced->resume.size);
    struct writer writer;

    if (status != DALV_OK)
        return status;
    writer_init(&writer, note->data, note->capacity);
    writer_u64(&writer, cursor.history_id);
    writer_u64(&writer, cursor.revision);
    writer_u64(&writer, synced->cursor.history_id);
    writer_sized(&writer, synced->resume);
    note->size = writer.size;
    return DALV_OK;
}

static enum dalv_status stage_page(struct sync_machine *machine,
                                   const struct message_synced *synced)
{
    struct buffer note;
    enum dalv_status status = DALV_OK;

    buffer_init(&note);
    if (!synced->is_whole && !machine->is_catching_up)
        status = put_note(machine, synced, &note);
    if (status == DALV_OK)
        status = replica_stage(machine->store->replica, synced->page,
                               buffer_bytes(&note));
    buffer_deinit(&note);
    return status;
}

/*
 * The history ended between two pages. Of an empty replica, whose cursor names
 * none, the cluster cannot tell.
 */
static bool goes_on_elsewhere(const struct sync_machine *machine,
                              const struct message_synced *synced)
{
    return machine->resume.size > 0 &&
           machine->resume_history_id != synced->cursor.history_id;
}

enum dalv_status sync_take_tail(struct sync_machine *machine,
                                const struct message_synced *synced)
{
    enum dalv_status status;

    machine->settled_before = ledger_position(machine->store->ledger)->settled;
    if (goes_on_elsewhere(machine, synced))
        return sync_begin_anew(machine, SYNC_PHASE_SYNC);
    status = stage_all_own(machine, synced);
    if (status == DALV_OK)
        status = stage_page(machine, synced);
    if (status != DALV_OK)
        return status;
    if (!synced->is_whole) {
        if (synced->resume.size == 0)
            return DALV_PROTOCOL;
        machine->is_begun = true;
        buffer_clear(&machine->resume);
        buffer_put(&machine->resume, synced->resume);
        machine->resume_history_id = synced->cursor.history_id;
        machine->phase = SYNC_PHASE_SYNC;
        return DALV_OK;
    }
    machine->whole = synced->cursor;
    buffer_clear(&machine->parts.key);
    status = sync_find_lacking(machine);
    return status == DALV_NOT_FOUND ? sync_end_tail(machine) : status;
}

enum dalv_status sync_end_tail(struct sync_machine *machine)
{
    enum dalv_status status = DALV_OK;

    if (machine->is_catching_up)
        status = sync_offer(machine);
    if (status == DALV_OK)
        status = show(machine, machine->whole);
    return status == DALV_OK ? finish(machine, machine->settled_before)
                             : status;
}

enum dalv_status sync_take_erased(struct sync_machine *machine)
{
    struct store *store = machine->store;
    const struct ledger_entry *entry = ledger_pending(store->ledger)->first;
    enum dalv_status status = DALV_OK;

    for (; status == DALV_OK && entry != NULL; entry = entry->next) {
        struct ledger_part part = {.type = LEDGER_PART_ENTRY,
                                   .entry = entry->draft};

        part.entry.state = LEDGER_DEAD;
        part.entry.reason = DALV_ERASED;
        part.entry.push_number = 0;
        part.entry.sent = (struct bytes){0};
        machine->report.refused_count++;
        status = ledger_put(store->ledger, &part);
    }
    if (status == DALV_OK)
        status = ledger_commit(store->ledger);
    else
        ledger_cancel(store->ledger);
    machine->outcome_count = 0;
    machine->is_begun = false;
    machine->is_catching_up = false;
    buffer_clear(&machine->resume);
    return status == DALV_OK ? replica_reset(store->replica) : status;
}
