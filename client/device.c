#include "base/clock.h"
#include "client/device_internal.h"
#include "client/device_options.h"
#include "client/public_bytes.h"
#include "client/random.h"
#include "client/transaction_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum dalv_status device_fail(struct dalv_device *device,
                             enum dalv_status status, const char *text)
{
    if (status != DALV_OK)
        (void)snprintf(device->error, sizeof(device->error), "%s", text);
    return status;
}

const char *dalv_device_error(const struct dalv_device *device)
{
    return device->error;
}

static void fill_random(void *owner, uint8_t *bytes, size_t size)
{
    (void)owner;
    random_fill(bytes, size);
}

/* What was given takes the place of what is kept. */
static enum dalv_status update_link(struct device_link *link,
                                    const struct dalv_device_options *options)
{
    if (options->endpoint_count > 0) {
        memcpy(link->endpoints, options->endpoints, sizeof(link->endpoints));
        link->endpoint_count = options->endpoint_count;
    }
    if (options->token[0] != '\0')
        memcpy(link->token, options->token, sizeof(link->token));
    if (options->server_key[0] != '\0')
        memcpy(link->server_key, options->server_key, sizeof(link->server_key));
    if (options->endpoint_count == 0 && options->token[0] == '\0' &&
        options->server_key[0] == '\0')
        return DALV_OK;
    return device_link_save(link);
}

static enum dalv_status open_store(struct dalv_device *device,
                                   const struct dalv_device_options *options)
{
    const struct store_options store_options = {
        .files = files_of_system(),
        .folder = options->path,
        .user = bytes_make(options->user, options->user_size),
        .random = fill_random,
    };
    struct store_report report;
    enum dalv_status status =
        store_open(&store_options, &report, &device->store);

    if (status == DALV_OK)
        status = device_link_load(&device->link, options->path);
    if (status == DALV_OK)
        status = update_link(&device->link, options);
    return status;
}

enum dalv_status dalv_device_open(const struct dalv_device_options *options,
                                  struct dalv_device **out_device)
{
    struct dalv_device *device;
    enum dalv_status status;

    if (options->path[0] == '\0')
        return DALV_INVALID;
    device = calloc(1, sizeof(*device));
    if (device == NULL)
        return DALV_NO_MEMORY;
    buffer_init(&device->watch_prefix);
    status = open_store(device, options);
    if (status != DALV_OK) {
        dalv_device_close(&device);
        return status;
    }
    *out_device = device;
    return DALV_OK;
}

void dalv_device_close(struct dalv_device **device_p)
{
    struct dalv_device *device = *device_p;

    *device_p = NULL;
    if (device == NULL)
        return;
    device_session_end(device);
    store_close(&device->store);
    buffer_deinit(&device->watch_prefix);
    device_link_wipe(&device->link);
    free(device);
}

enum dalv_status dalv_device_commit(struct dalv_device *device,
                                    struct dalv_transaction **transaction_p,
                                    uint64_t *out_receipt)
{
    struct dalv_transaction *built = *transaction_p;
    const struct store_transaction transaction = {
        .operations = built->operations,
        .operation_count = built->operation_count,
        .after = built->after,
    };
    uint64_t local_id = 0;
    enum dalv_status status = DALV_INVALID;

    if (built->operation_count > 0 && built->precondition_count == 0)
        status = store_commit(device->store, &transaction, 1, clock_wall_us(),
                              &local_id);
    dalv_transaction_destroy(transaction_p);
    if (status == DALV_OK && out_receipt != NULL)
        *out_receipt = local_id;
    return device_fail(device, status, dalv_status_text(status));
}

enum dalv_status device_value(const struct key_value *value,
                              struct dalv_value **out_value)
{
    struct dalv_value *made = NULL;
    enum dalv_status status;

    *out_value = NULL;
    if (value->state.kind == KEY_NONE)
        return DALV_OK;
    status = value_create(&value->state, &made);
    for (size_t i = 0; status == DALV_OK && i < value->element_count; i++) {
        struct element_state element = value->elements[i];

        if (element.added_revision == KEY_VALUE_PENDING)
            element.added_revision = 0;
        status = value_put_element(made, &element);
    }
    if (status != DALV_OK) {
        dalv_value_destroy(&made);
        return status;
    }
    made->revision = value->state.revision;
    made->is_pending = value->is_pending;
    *out_value = made;
    return DALV_OK;
}

enum dalv_status dalv_device_get(struct dalv_device *device,
                                 struct dalv_bytes key,
                                 struct dalv_value **out_value)
{
    struct dalv_value *value = NULL;
    struct key_value held;
    enum dalv_status status;

    key_value_init(&held);
    status = store_get(device->store, public_bytes_in(key), &held);
    if (status == DALV_OK)
        status = device_value(&held, &value);
    if (status == DALV_OK && value == NULL)
        status = DALV_NOT_FOUND;
    if (status == DALV_OK)
        status = device_fill(device, public_bytes_in(key), &held, value);
    key_value_deinit(&held);
    if (status == DALV_OK)
        *out_value = value;
    else
        dalv_value_destroy(&value);
    return device_fail(device, status, dalv_status_text(status));
}

struct scan {
    dalv_scan_callback *callback;
    void *owner;
    enum dalv_status status;
};

static bool show(void *owner, struct bytes key, const struct key_value *held)
{
    struct scan *scan = owner;
    struct dalv_value *value = NULL;
    bool goes_on;

    scan->status = device_value(held, &value);
    if (scan->status != DALV_OK)
        return false;
    goes_on = value == NULL ||
              scan->callback(scan->owner, public_bytes_out(key), value);
    dalv_value_destroy(&value);
    return goes_on;
}

enum dalv_status dalv_device_scan(struct dalv_device *device,
                                  struct dalv_bytes prefix,
                                  dalv_scan_callback *callback, void *owner)
{
    struct scan scan = {.callback = callback, .owner = owner};
    enum dalv_status status =
        store_scan(device->store, public_bytes_in(prefix), show, &scan);

    if (status == DALV_OK)
        status = scan.status;
    return device_fail(device, status, dalv_status_text(status));
}

enum dalv_status dalv_device_receipt(struct dalv_device *device,
                                     uint64_t receipt,
                                     struct dalv_receipt *out_receipt)
{
    struct store_receipt found;
    enum dalv_status status = store_receipt(device->store, receipt, &found);

    if (status == DALV_OK)
        *out_receipt = (struct dalv_receipt){
            .state = (enum dalv_receipt_state)found.state,
            .reason = found.reason,
            .revision = found.revision,
        };
    return device_fail(device, status, dalv_status_text(status));
}

enum dalv_status dalv_device_status(struct dalv_device *device,
                                    struct dalv_device_status *out_status)
{
    struct store_status status = store_status(device->store);

    *out_status = (struct dalv_device_status){
        .device_id = status.device,
        .history_id = status.cursor.history_id,
        .revision = status.cursor.revision,
        .pending_count = status.pending_count,
        .conflict_count = status.conflict_count,
        .dead_letter_count = status.dead_count,
        .key_count = status.key_count,
        .synced_time_us = device->link.synced_us,
    };
    return DALV_OK;
}

struct dalv_bytes dalv_device_user(const struct dalv_device *device)
{
    return public_bytes_out(ledger_identity(store_ledger(device->store))->user);
}

enum dalv_status dalv_device_watch(struct dalv_device *device,
                                   struct dalv_bytes prefix,
                                   dalv_change_callback *callback, void *owner)
{
    buffer_clear(&device->watch_prefix);
    if (buffer_reserve(&device->watch_prefix, prefix.size) != DALV_OK)
        return device_fail(device, DALV_NO_MEMORY, "no memory");
    buffer_put(&device->watch_prefix, public_bytes_in(prefix));
    device->watch = callback;
    device->watch_owner = owner;
    return DALV_OK;
}
