/*
 * A device's large values: put into the store in parts, and read from there.
 */
#include "base/bounds.h"
#include "client/device_internal.h"
#include "client/memory_source.h"
#include "client/public_bytes.h"
#include "client/store_large.h"
#include "model/upload.h"

/* ---- Put ---- */

static const char *text_of(enum dalv_status status)
{
    if (status == DALV_INVALID)
        return "a value of up to 1 MiB is put as it is";
    if (status == DALV_TOO_BIG)
        return "a value has 64 MiB at most";
    return dalv_status_text(status);
}

enum dalv_status dalv_device_upload(struct dalv_device *device,
                                    struct dalv_bytes key,
                                    const struct dalv_source *source,
                                    struct dalv_upload *out_upload)
{
    struct operation operation = {.type = OPERATION_PUT_UPLOADED,
                                  .key = public_bytes_in(key)};
    enum dalv_status status = DALV_INVALID;

    if (key.size == 0 || key.size > BOUNDS_KEY_MAX)
        return device_fail(device, key.size == 0 ? DALV_INVALID : DALV_TOO_BIG,
                           "a key has 1 to 1,024 bytes");
    status =
        store_put_large(device->store, source->read, source->owner, &operation);
    if (status != DALV_OK)
        return device_fail(device, status, text_of(status));
    *out_upload = (struct dalv_upload){.number = operation.upload,
                                       .bytes = operation.bytes,
                                       .hash = operation.hash};
    return DALV_OK;
}

enum dalv_status dalv_device_drop_upload(struct dalv_device *device,
                                         struct dalv_bytes key,
                                         const struct dalv_upload *upload)
{
    const struct operation operation = {.type = OPERATION_PUT_UPLOADED,
                                        .key = public_bytes_in(key),
                                        .upload = upload->number,
                                        .bytes = upload->bytes,
                                        .hash = upload->hash};
    enum dalv_status status = store_drop_large(device->store, &operation);

    return device_fail(device, status, dalv_status_text(status));
}

enum dalv_status device_put_large(struct dalv_device *device,
                                  struct dalv_bytes key,
                                  struct dalv_bytes value,
                                  struct dalv_transaction *transaction)
{
    struct bytes rest = public_bytes_in(value);
    const struct dalv_source source = {.read = memory_source_read,
                                       .owner = &rest};
    struct dalv_upload upload;
    enum dalv_status status;

    if (value.size > UPLOAD_BYTES_MAX)
        return device_fail(device, DALV_TOO_BIG, text_of(DALV_TOO_BIG));
    status = dalv_device_upload(device, key, &source, &upload);
    return status == DALV_OK
               ? dalv_transaction_put_upload(transaction, key, &upload, NULL)
               : status;
}

/* ---- Read ---- */

struct reading {
    struct dalv_device *device;
    struct parts_id id;
    uint64_t generation;
    struct parts_file *file;
    dalv_piece_callback *callback; /* Or: */
    struct dalv_value *value;      /* Where the parts go. */
    void *owner;
};

static enum dalv_status tell_part(struct reading *reading, uint32_t position,
                                  struct bytes part)
{
    const struct element_state element = {.generation = reading->generation,
                                          .dot.position = position,
                                          .value = part};

    if (reading->value != NULL)
        return value_put_part(reading->value, &element);
    return reading->callback(reading->owner, public_bytes_out(part),
                             reading->id.bytes)
               ? DALV_OK
               : DALV_CANCELLED;
}

static enum dalv_status read_all(struct reading *reading)
{
    enum dalv_status status =
        store_open_large(reading->device->store, &reading->id, &reading->file);
    uint32_t count = status == DALV_OK ? parts_file_count(reading->file) : 0;

    for (uint32_t i = 0; status == DALV_OK && i < count; i++) {
        struct bytes part;

        status = parts_file_read(reading->file, i, &part);
        if (status == DALV_OK)
            status = tell_part(reading, i, part);
    }
    parts_file_close(&reading->file);
    return status == DALV_NOT_FOUND ? DALV_DAMAGED : status;
}

/* What the cluster has as well comes back with the next sync. */
static enum dalv_status read_held(struct reading *reading,
                                  const struct key_value *held)
{
    enum dalv_status status;

    reading->id = store_large_shown(reading->id.key, &held->state);
    reading->generation = held->state.generation;
    status = read_all(reading);
    if (status == DALV_DAMAGED && !held->is_pending) {
        status = store_lack_large(reading->device->store, &reading->id);
        if (status == DALV_OK)
            status = DALV_DAMAGED;
    }
    return status;
}

enum dalv_status device_fill(struct dalv_device *device, struct bytes key,
                             const struct key_value *held,
                             struct dalv_value *value)
{
    struct reading reading = {.device = device, .id.key = key, .value = value};
    enum dalv_status status;

    if (!key_state_is_in_parts(&held->state))
        return DALV_OK;
    status = read_held(&reading, held);
    return status == DALV_DAMAGED ? DALV_OK : status;
}

static enum dalv_status read_register(struct reading *reading,
                                      const struct key_value *held)
{
    struct bytes value = held->state.value;

    if (held->state.kind == KEY_NONE)
        return DALV_NOT_FOUND;
    if (held->state.kind != KEY_REGISTER)
        return DALV_WRONG_KIND;
    if (key_state_is_in_parts(&held->state))
        return read_held(reading, held);
    return reading->callback(reading->owner, public_bytes_out(value),
                             value.size)
               ? DALV_OK
               : DALV_CANCELLED;
}

enum dalv_status dalv_device_read(struct dalv_device *device,
                                  struct dalv_bytes key,
                                  dalv_piece_callback *callback, void *owner)
{
    struct reading reading = {.device = device,
                              .id.key = public_bytes_in(key),
                              .callback = callback,
                              .owner = owner};
    struct key_value held;
    enum dalv_status status;

    key_value_init(&held);
    status = store_get(device->store, reading.id.key, &held);
    if (status == DALV_OK)
        status = read_register(&reading, &held);
    key_value_deinit(&held);
    return device_fail(device, status,
                       status == DALV_DAMAGED
                           ? "the value is damaged here: a sync reads it again"
                           : dalv_status_text(status));
}

static const struct operation *find_loss(struct dalv_device *device,
                                         uint64_t receipt, struct bytes key)
{
    const struct ledger_entry *entry =
        ledger_find(store_ledger(device->store), receipt);
    const struct operation *found = NULL;

    for (size_t i = 0; entry != NULL && i < entry->transaction.operation_count;
         i++) {
        const struct operation *operation = &entry->transaction.operations[i];

        if (operation->type == OPERATION_PUT_UPLOADED &&
            bytes_equal(operation->key, key))
            found = operation;
    }
    return found;
}

enum dalv_status dalv_device_read_loss(struct dalv_device *device,
                                       uint64_t receipt, struct dalv_bytes key,
                                       dalv_piece_callback *callback,
                                       void *owner)
{
    struct reading reading = {
        .device = device, .callback = callback, .owner = owner};
    const struct operation *operation =
        find_loss(device, receipt, public_bytes_in(key));
    enum dalv_status status = DALV_NOT_FOUND;

    if (operation != NULL) {
        reading.id = store_large_of(operation);
        status = read_all(&reading);
    }
    return device_fail(device, status, dalv_status_text(status));
}
