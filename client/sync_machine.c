#include "client/sync_machine.h"

#include "client/sync_internal.h"

#include <stdlib.h>

/*
 * A staging with a note was left by a sync that did not end: TAIL goes on where
 * it was. Anything else that is staged begins anew.
 */
static enum dalv_status take_up(struct sync_machine *machine)
{
    struct store *store = machine->store;
    struct cursor cursor = replica_state(store->replica)->cursor;
    struct buffer note;
    struct reader reader;
    struct bytes resume;
    uint64_t history_id;
    bool is_of_cursor;
    enum dalv_status status;

    buffer_init(&note);
    status = replica_note(store->replica, &note);
    reader_init(&reader, buffer_bytes(&note));
    is_of_cursor = reader_u64(&reader) == cursor.history_id;
    is_of_cursor &= reader_u64(&reader) == cursor.revision;
    history_id = reader_u64(&reader);
    resume = reader_sized(&reader, SIZE_MAX);
    if (status == DALV_OK && reader_is_finished(&reader) && is_of_cursor) {
        buffer_put(&machine->resume, resume);
        machine->resume_history_id = history_id;
    } else if (status == DALV_OK || status == DALV_NOT_FOUND) {
        status = replica_unstage(store->replica);
    }
    buffer_deinit(&note);
    return status;
}

static enum dalv_status prepare(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    enum dalv_status status = take_up(machine);

    machine->settled = ledger_position(ledger)->settled;
    machine->phase = ledger_identity(ledger)->device == 0 ? SYNC_PHASE_HELLO
                                                          : SYNC_PHASE_SYNC;
    if (status == DALV_OK && sync_needs_rebase(machine))
        status = sync_rebase(machine);
    return status;
}

enum dalv_status sync_machine_create(struct store *store,
                                     const struct sync_options *options,
                                     struct sync_machine **out_machine)
{
    struct sync_machine *machine = calloc(1, sizeof(*machine));
    enum dalv_status status;

    if (machine == NULL)
        return DALV_NO_MEMORY;
    machine->store = store;
    machine->options = *options;
    buffer_init(&machine->resume);
    buffer_init(&machine->later);
    buffer_init(&machine->digest_from);
    buffer_init(&machine->range_keys);
    buffer_init(&machine->range_key);
    buffer_init(&machine->parts.key);
    buffer_init(&machine->parts.resume);
    buffer_init(&machine->upload.transaction);
    status = prepare(machine);
    if (status != DALV_OK) {
        sync_machine_destroy(&machine);
        return status;
    }
    *out_machine = machine;
    return DALV_OK;
}

void sync_machine_destroy(struct sync_machine **machine_p)
{
    struct sync_machine *machine = *machine_p;

    if (machine == NULL)
        return;
    *machine_p = NULL;
    free(machine->pushes);
    free(machine->outcomes);
    free(machine->ranges);
    buffer_deinit(&machine->resume);
    buffer_deinit(&machine->later);
    buffer_deinit(&machine->digest_from);
    buffer_deinit(&machine->range_keys);
    buffer_deinit(&machine->range_key);
    buffer_deinit(&machine->parts.key);
    buffer_deinit(&machine->parts.resume);
    buffer_deinit(&machine->upload.transaction);
    parts_file_close(&machine->parts.file);
    parts_file_close(&machine->upload.file);
    free(machine);
}

const struct sync_report *
sync_machine_report(const struct sync_machine *machine)
{
    return &machine->report;
}

/*
 * A replica that was lost stands at the beginning of the history that its work
 * is based on: if that has ended meanwhile, the cluster says so, and the work
 * is not taken for that of a store which never saw anything.
 */
static struct cursor find_cursor(const struct sync_machine *machine)
{
    struct store *store = machine->store;
    struct cursor cursor = replica_state(store->replica)->cursor;
    const struct ledger_entry *entry = ledger_pending(store->ledger)->first;

    if (machine->is_catching_up)
        return machine->head;
    for (; cursor.history_id == 0 && entry != NULL; entry = entry->next)
        cursor.history_id = entry->draft.base_history_id;
    return cursor;
}

static enum dalv_status write_sync(struct sync_machine *machine,
                                   struct message *message)
{
    struct store *store = machine->store;
    enum dalv_status status = sync_prepare_pushes(machine);

    if (status != DALV_OK)
        return status;
    message->type = MESSAGE_SYNC;
    message->sync = (struct message_sync){
        .device = ledger_identity(store->ledger)->device,
        .cursor = find_cursor(machine),
        .confirmed = ledger_position(store->ledger)->settled,
        .push_first = machine->push_first,
        .chain = ledger_chain(store->ledger, machine->push_first - 1),
        .pushes = machine->pushes,
        .push_count = machine->push_count,
        .budget_bytes = machine->options.budget_bytes,
        .resume = buffer_bytes(&machine->resume),
        .is_live = machine->options.is_live};
    return DALV_OK;
}

enum dalv_status sync_machine_next(struct sync_machine *machine,
                                   uint64_t now_us, enum sync_step *out_step,
                                   struct message *out_message)
{
    enum dalv_status status = DALV_OK;

    machine->now_us = now_us;
    *out_step = SYNC_STEP_SEND;
    *out_message = (struct message){.type = MESSAGE_SYNC};
    switch (machine->phase) {
    case SYNC_PHASE_HELLO:
        *out_step = SYNC_STEP_HELLO;
        break;
    case SYNC_PHASE_SYNC:
        status = write_sync(machine, out_message);
        break;
    case SYNC_PHASE_DIGEST:
        sync_write_digest(machine, out_message);
        break;
    case SYNC_PHASE_RANGE:
        sync_write_range(machine, out_message);
        break;
    case SYNC_PHASE_PARTS:
        sync_write_parts(machine, out_message);
        break;
    case SYNC_PHASE_UPLOAD:
        status = sync_write_upload(machine, out_message);
        if (status == DALV_OK && machine->phase == SYNC_PHASE_SYNC)
            status = write_sync(machine, out_message);
        break;
    case SYNC_PHASE_DONE:
        *out_step = SYNC_STEP_DONE;
        break;
    }
    return status;
}

enum dalv_status sync_begin_anew(struct sync_machine *machine,
                                 enum sync_phase phase)
{
    machine->phase = phase;
    machine->settled = ledger_position(machine->store->ledger)->settled;
    machine->outcome_count = 0;
    machine->is_begun = false;
    machine->is_catching_up = false;
    buffer_clear(&machine->resume);
    return replica_unstage(machine->store->replica);
}

static enum dalv_status take_welcomed(struct sync_machine *machine,
                                      const struct message_welcomed *welcomed)
{
    struct store *store = machine->store;
    uint64_t known = ledger_identity(store->ledger)->device;
    enum dalv_status status;

    if (welcomed->device == 0)
        return DALV_PROTOCOL;
    /* The token is another user's. */
    if (!bytes_equal(welcomed->user, ledger_identity(store->ledger)->user))
        return DALV_NOT_PERMITTED;
    status = store_set_device(store, welcomed->device);
    if (status != DALV_OK)
        return status;
    if (known != welcomed->device)
        return sync_begin_anew(machine, SYNC_PHASE_SYNC);
    machine->phase = SYNC_PHASE_SYNC;
    return DALV_OK;
}

static enum dalv_status take_synced(struct sync_machine *machine,
                                    const struct message_synced *synced)
{
    enum dalv_status status = sync_keep_outcomes(machine, synced);

    machine->report.received_bytes += synced->page.size;
    machine->report.remaining_count = synced->remaining_count;
    machine->report.remaining_bytes = synced->remaining_bytes;
    if (status != DALV_OK)
        return status;
    if (synced->is_erased) {
        status = sync_take_erased(machine);
        machine->settled = ledger_position(machine->store->ledger)->settled;
        return status;
    }
    switch (synced->mode) {
    case SYNC_TAIL:
        return sync_take_tail(machine, synced);
    case SYNC_DIGEST:
    case SYNC_SNAPSHOT:
        return sync_begin_ranges(machine, synced);
    }
    return DALV_PROTOCOL;
}

/*
 * CLONED: another store lives under this install id, or this one was put back
 * in time; under a new one nothing that is still here is taken for settled.
 * NOT_FOUND: the cluster does not know the device; it opens itself again.
 * REBASE: the head that the pages are read up to is not there any more.
 */
static enum dalv_status take_refused(struct sync_machine *machine,
                                     const struct message_refused *refused)
{
    enum dalv_status status = refused->status;

    if (status == DALV_REBASE && machine->phase == SYNC_PHASE_RANGE)
        return sync_ask_anew(machine);
    if (status == DALV_REBASE && machine->phase == SYNC_PHASE_PARTS)
        return sync_refuse_parts(machine);
    if (status == DALV_CLONED)
        status = store_renew_identity(machine->store);
    else if (status == DALV_NOT_FOUND)
        status = DALV_OK;
    if (status != DALV_OK)
        return status;
    return refused->status == DALV_OK
               ? DALV_PROTOCOL
               : sync_begin_anew(machine, SYNC_PHASE_HELLO);
}

/* The answers of PARTS and UPLOAD. */
static enum dalv_status take_of_large(struct sync_machine *machine,
                                      const struct message *answer)
{
    if (machine->phase == SYNC_PHASE_PARTS && answer->type == MESSAGE_RANGED)
        return sync_take_parts(machine, &answer->ranged);
    if (machine->phase == SYNC_PHASE_UPLOAD && answer->type == MESSAGE_UPDATED)
        return sync_take_updated(machine, &answer->updated);
    return DALV_PROTOCOL;
}

enum dalv_status sync_machine_take(struct sync_machine *machine,
                                   uint64_t now_us,
                                   const struct message *answer)
{
    enum sync_phase phase = machine->phase;

    machine->now_us = now_us;
    machine->report.round_trips++;
    if (answer->type == MESSAGE_REFUSED)
        return take_refused(machine, &answer->refused);
    if (phase == SYNC_PHASE_HELLO && answer->type == MESSAGE_WELCOMED)
        return take_welcomed(machine, &answer->welcomed);
    if (phase == SYNC_PHASE_SYNC && answer->type == MESSAGE_SYNCED)
        return take_synced(machine, &answer->synced);
    if (phase == SYNC_PHASE_DIGEST && answer->type == MESSAGE_DIGESTED)
        return sync_take_digested(machine, &answer->digested);
    if (phase == SYNC_PHASE_RANGE && answer->type == MESSAGE_RANGED)
        return sync_take_ranged(machine, &answer->ranged);
    return take_of_large(machine, answer);
}
