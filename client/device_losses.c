/*
 * The conflict log and the dead letters of a device.
 */
#include "client/device_internal.h"
#include "client/public_bytes.h"

#include <stdlib.h>

/* One call for each operation; false if the callback wants no more. */
static bool tell(const struct ledger_entry *entry, dalv_loss_callback *callback,
                 void *owner)
{
    for (size_t i = 0; i < entry->transaction.operation_count; i++) {
        const struct operation *operation = &entry->transaction.operations[i];
        const struct dalv_loss loss = {
            .receipt = entry->draft.local_id,
            .reason = entry->draft.reason,
            .time_us = entry->draft.time_us,
            .key = public_bytes_out(operation->key),
            .operation = (int)operation->type,
            .value = public_bytes_out(operation->value),
            .number = operation->number,
        };

        if (!callback(owner, &loss))
            return false;
    }
    return true;
}

static bool tell_state(const struct ledger_entries *entries,
                       enum ledger_state state, dalv_loss_callback *callback,
                       void *owner)
{
    const struct ledger_entry *entry = entries->first;
    bool goes_on = true;

    for (; goes_on && entry != NULL; entry = entry->next) {
        if (entry->draft.state == state)
            goes_on = tell(entry, callback, owner);
    }
    return goes_on;
}

/* The list goes from the oldest on. */
static enum dalv_status tell_newest_first(const struct ledger_entries *entries,
                                          dalv_loss_callback *callback,
                                          void *owner)
{
    const struct ledger_entry **lost =
        malloc((entries->count + 1) * sizeof(struct ledger_entry *));
    const struct ledger_entry *entry = entries->first;
    size_t count = 0;

    if (lost == NULL)
        return DALV_NO_MEMORY;
    for (; entry != NULL; entry = entry->next) {
        if (entry->draft.state == LEDGER_LOST)
            lost[count++] = entry;
    }
    while (count > 0 && tell(lost[count - 1], callback, owner))
        count--;
    free(lost);
    return DALV_OK;
}

enum dalv_status dalv_device_conflicts(struct dalv_device *device,
                                       dalv_loss_callback *callback,
                                       void *owner)
{
    const struct ledger *ledger = store_ledger(device->store);
    enum dalv_status status = DALV_OK;

    if (tell_state(ledger_pending(ledger), LEDGER_CONFLICT, callback, owner))
        status = tell_newest_first(ledger_losses(ledger), callback, owner);
    return device_fail(device, status, dalv_status_text(status));
}

enum dalv_status dalv_device_dead_letters(struct dalv_device *device,
                                          dalv_loss_callback *callback,
                                          void *owner)
{
    (void)tell_state(ledger_losses(store_ledger(device->store)), LEDGER_DEAD,
                     callback, owner);
    return DALV_OK;
}

enum dalv_status dalv_device_dead_letter_discard(struct dalv_device *device,
                                                 uint64_t receipt)
{
    enum dalv_status status = store_discard(device->store, receipt);

    return device_fail(device, status, dalv_status_text(status));
}
