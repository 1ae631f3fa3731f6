#include "client/sync_internal.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "base/hash.h"
#include "client/replica_marks.h"

#include <stdlib.h>
#include <string.h>

/*
 * Large values go up: each part is an UPDATE of its own, one behind the other,
 * before the transaction that puts the value gets its push number. So small
 * work does not wait for a large value, and what is judged is there. How many
 * parts arrived is noted, so that a later sync goes on where this one ended; if
 * the note is lost, parts are sent again, which does no harm.
 *
 *   UNSENT --part, part, ...--> SENT --push--> applied
 *      ^                 |       |
 *      |                 |       '-- refused, NOT_FOUND: the cluster has
 *      |                 |           forgotten what it got
 *      |                 '-- refused, PRECONDITION: so it has
 *      '-- under another number ---'
 */
enum {
    SENT_NAME_BYTES = 16,
    SENT_VALUE_BYTES = 4,
};

static uint32_t part_count(const struct operation *operation)
{
    return (uint32_t)((operation->bytes + BOUNDS_VALUE_MAX - 1) /
                      BOUNDS_VALUE_MAX);
}

/* ---- What arrived ---- */

static struct bytes name_sent(const struct operation *operation,
                              uint8_t memory[SENT_NAME_BYTES])
{
    struct writer writer;

    writer_init(&writer, memory, SENT_NAME_BYTES);
    writer_u64(&writer, operation->upload);
    writer_u64(&writer, hash64(operation->key));
    return writer_bytes(&writer);
}

static enum dalv_status read_sent(struct sync_machine *machine,
                                  const struct operation *operation,
                                  uint32_t *out_count)
{
    uint8_t name[SENT_NAME_BYTES];
    struct buffer value;
    struct reader reader;
    enum dalv_status status;

    buffer_init(&value);
    status = replica_mark_get(machine->store->replica, REPLICA_MARK_SENT,
                              name_sent(operation, name), &value);
    reader_init(&reader, buffer_bytes(&value));
    *out_count = status == DALV_OK ? reader_u32(&reader) : 0;
    if (*out_count > part_count(operation))
        *out_count = 0;
    buffer_deinit(&value);
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

static enum dalv_status note_sent(struct sync_machine *machine,
                                  const struct operation *operation,
                                  uint32_t count)
{
    uint8_t name[SENT_NAME_BYTES];
    uint8_t memory[SENT_VALUE_BYTES];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    writer_u32(&writer, count);
    return replica_mark_put(machine->store->replica, REPLICA_MARK_SENT,
                            name_sent(operation, name), writer_bytes(&writer));
}

enum dalv_status sync_find_unsent(struct sync_machine *machine,
                                  const struct ledger_entry *entry,
                                  size_t *out_place)
{
    const struct transaction *transaction = &entry->transaction;

    for (size_t i = 0; i < transaction->operation_count; i++) {
        const struct operation *operation = &transaction->operations[i];
        uint32_t count = 0;
        enum dalv_status status;

        if (operation->type != OPERATION_PUT_UPLOADED)
            continue;
        status = read_sent(machine, operation, &count);
        if (status != DALV_OK)
            return status;
        if (count < part_count(operation)) {
            *out_place = i;
            return DALV_OK;
        }
    }
    return DALV_NOT_FOUND;
}

/* ---- What can not go ---- */

/* The transaction can not be carried out: a dead letter, with the reason. */
static enum dalv_status bury(struct sync_machine *machine,
                             enum dalv_status reason)
{
    struct ledger *ledger = machine->store->ledger;
    const struct ledger_entry *entry =
        ledger_find(ledger, machine->upload.local_id);
    struct ledger_part part = {.type = LEDGER_PART_ENTRY};
    enum dalv_status status;

    if (entry == NULL)
        return DALV_INTERNAL;
    part.entry = entry->draft;
    part.entry.state = LEDGER_DEAD;
    part.entry.reason = reason;
    part.entry.operation = (uint32_t)machine->upload.place;
    machine->report.refused_count++;
    status = ledger_put(ledger, &part);
    if (status == DALV_OK)
        return ledger_commit(ledger);
    ledger_cancel(ledger);
    return status;
}

static bool is_for_good(enum dalv_status status)
{
    return status == DALV_QUOTA || status == DALV_NOT_PERMITTED ||
           status == DALV_TOO_BIG || status == DALV_INVALID;
}

/* ---- One upload ---- */

static const struct operation *operation_of(struct sync_machine *machine)
{
    const struct ledger_entry *entry =
        ledger_find(machine->store->ledger, machine->upload.local_id);

    return entry == NULL
               ? NULL
               : &entry->transaction.operations[machine->upload.place];
}

/* DALV_DAMAGED: it is lost, and buried. */
static enum dalv_status open_value(struct sync_machine *machine)
{
    struct sync_upload *upload = &machine->upload;
    const struct operation *operation = operation_of(machine);
    struct parts_id id = store_large_of(operation);
    enum dalv_status status = read_sent(machine, operation, &upload->position);

    if (status == DALV_OK)
        status = store_open_large(machine->store, &id, &upload->file);
    if (status != DALV_NOT_FOUND && status != DALV_DAMAGED)
        return status;
    status = bury(machine, DALV_DAMAGED);
    return status == DALV_OK ? DALV_DAMAGED : status;
}

enum dalv_status sync_begin_upload(struct sync_machine *machine)
{
    struct sync_upload *upload = &machine->upload;
    const struct ledger_entry *entry = NULL;
    enum dalv_status status;

    parts_file_close(&upload->file);
    upload->is_written = false;
    upload->reason = DALV_OK;
    do {
        status = sync_next_upload(machine, &entry, &upload->place);
        if (status == DALV_OK) {
            upload->local_id = entry->draft.local_id;
            status = open_value(machine);
        }
    } while (status == DALV_DAMAGED);
    if (status == DALV_OK)
        machine->phase = SYNC_PHASE_UPLOAD;
    if (status == DALV_NOT_FOUND)
        status = replica_mark_clear(machine->store->replica, REPLICA_MARK_SENT);
    return status;
}

/* The next part as a transaction, the same until it was answered; one without
   bytes gives the upload up. */
static enum dalv_status encode_part(struct sync_machine *machine)
{
    struct sync_upload *upload = &machine->upload;
    struct store *store = machine->store;
    const struct operation *whole = operation_of(machine);
    struct operation part = {.type = OPERATION_UPLOAD,
                             .position = upload->position};
    const struct transaction transaction = {.operations = &part,
                                            .operation_count = 1};
    enum dalv_status status = DALV_OK;

    /* It stays in the ledger until it is settled or buried, which ends this. */
    ASSERT(whole != NULL);
    part.key = whole->key;
    part.upload = whole->upload;
    if (upload->reason == DALV_OK)
        status = parts_file_read(upload->file, upload->position, &part.value);
    if (status == DALV_OK)
        status = store_encode(&transaction, &upload->transaction);
    if (status != DALV_OK)
        return status;
    store->random(store->random_owner, upload->id.bytes,
                  sizeof(upload->id.bytes));
    upload->is_written = true;
    return DALV_OK;
}

/* The work that waited for it goes with the next SYNC. */
static enum dalv_status end_upload(struct sync_machine *machine)
{
    parts_file_close(&machine->upload.file);
    /* Once it is settled, later work may have replaced it already. */
    machine->store->is_sweep_due = true;
    machine->phase = SYNC_PHASE_SYNC;
    return DALV_OK;
}

static enum dalv_status bury_and_end(struct sync_machine *machine,
                                     enum dalv_status reason)
{
    enum dalv_status status = bury(machine, reason);

    return status == DALV_OK ? end_upload(machine) : status;
}

/* What has arrived is given up first: it would count in the user's quota. */
static enum dalv_status give_up(struct sync_machine *machine,
                                enum dalv_status reason)
{
    if (machine->upload.position == 0)
        return bury_and_end(machine, reason);
    machine->upload.reason = reason;
    return DALV_OK;
}

enum dalv_status sync_write_upload(struct sync_machine *machine,
                                   struct message *message)
{
    struct sync_upload *upload = &machine->upload;
    enum dalv_status status =
        upload->is_written ? DALV_OK : encode_part(machine);

    if (status == DALV_DAMAGED) {
        status = give_up(machine, status);
        if (status == DALV_OK && upload->reason == DALV_OK)
            return DALV_OK;
        if (status == DALV_OK)
            status = encode_part(machine);
    }
    if (status != DALV_OK)
        return status;
    message->type = MESSAGE_UPDATE;
    message->update = (struct message_update){
        .user = ledger_identity(machine->store->ledger)->user,
        .id = upload->id,
        .transaction = buffer_bytes(&upload->transaction)};
    return DALV_OK;
}

/* ---- An upload that was forgotten ---- */

bool sync_is_forgotten(const struct ledger_entry *entry,
                       const struct outcome *outcome)
{
    const struct transaction *transaction = &entry->transaction;

    return outcome->result == OUTCOME_REFUSED &&
           outcome->status == DALV_NOT_FOUND &&
           outcome->operation < transaction->operation_count &&
           transaction->operations[outcome->operation].type ==
               OPERATION_PUT_UPLOADED;
}

/* The same work, its values under numbers that the cluster has never seen. */
enum dalv_status sync_renew_uploads(struct sync_machine *machine,
                                    const struct ledger_entry *entry)
{
    struct store *store = machine->store;
    size_t count = entry->transaction.operation_count;
    struct transaction transaction = entry->transaction;
    struct ledger_part part = {.type = LEDGER_PART_ENTRY,
                               .entry = entry->draft};
    struct operation *operations = calloc(count, sizeof(*operations));
    struct buffer bytes;
    enum dalv_status status;

    if (operations == NULL)
        return DALV_NO_MEMORY;
    memcpy(operations, transaction.operations, count * sizeof(*operations));
    for (size_t i = 0; i < count; i++) {
        if (operations[i].type == OPERATION_PUT_UPLOADED)
            operations[i].upload = store_new_upload(store);
    }
    transaction.operations = operations;
    buffer_init(&bytes);
    status = store_encode(&transaction, &bytes);
    part.entry.push_number = 0;
    part.entry.sent = (struct bytes){0};
    part.entry.transaction = buffer_bytes(&bytes);
    if (status == DALV_OK)
        status = ledger_put(store->ledger, &part);
    buffer_deinit(&bytes);
    free(operations);
    return status;
}

/* All of it goes again, under a number that no purge may still be due for. */
static enum dalv_status begin_anew(struct sync_machine *machine)
{
    struct ledger *ledger = machine->store->ledger;
    const struct ledger_entry *entry =
        ledger_find(ledger, machine->upload.local_id);
    enum dalv_status status =
        entry == NULL ? DALV_INTERNAL : sync_renew_uploads(machine, entry);

    machine->upload.position = 0;
    if (status == DALV_OK)
        return ledger_commit(ledger);
    ledger_cancel(ledger);
    return status;
}

/* ---- What the cluster says ---- */

enum dalv_status sync_take_updated(struct sync_machine *machine,
                                   const struct message_updated *updated)
{
    struct sync_upload *upload = &machine->upload;
    const struct operation *operation = operation_of(machine);
    enum dalv_status status = updated->status;

    upload->is_written = false;
    if (upload->reason != DALV_OK)
        return status == DALV_OK || is_for_good(status)
                   ? bury_and_end(machine, upload->reason)
                   : status;
    if (is_for_good(status))
        return give_up(machine, status);
    if (status == DALV_PRECONDITION && upload->position > 0)
        return begin_anew(machine);
    if (status != DALV_OK)
        return status == DALV_PRECONDITION ? DALV_PROTOCOL : status;
    machine->report.sent_bytes += buffer_bytes(&upload->transaction).size;
    upload->position++;
    status = note_sent(machine, operation, upload->position);
    if (status != DALV_OK || upload->position < part_count(operation))
        return status;
    return end_upload(machine);
}
