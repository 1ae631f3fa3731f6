/*
 * A backend's view of a user's device stores: listing and retiring them.
 */
#include "base/buffer.h"
#include "client/backend_internal.h"
#include "client/public_bytes.h"
#include "client/random.h"
#include "model/user_id.h"

#include <string.h>

struct listing {
    struct message question;
    struct buffer resume;
    bool is_ended;
    enum dalv_status status;
    dalv_store_callback *callback;
    void *owner;
};

static void tell_devices(struct listing *listing,
                         const struct message_listed *listed)
{
    for (size_t i = 0; !listing->is_ended && i < listed->device_count; i++) {
        const struct device_state *device = &listed->devices[i];
        struct dalv_store_entry entry = {
            .device = device->device,
            .is_retired = device->is_retired,
            .pushed_count = device->push_settled,
            .seen_us = device->seen_us,
        };

        memcpy(entry.install_id, device->install.bytes,
               sizeof(entry.install_id));
        listing->is_ended = !listing->callback(listing->owner, &entry);
    }
}

static void on_listed(void *owner, const struct call_answer *answer)
{
    struct listing *listing = owner;
    const struct message_listed *listed;

    if (answer->status != DALV_OK)
        return;
    if (answer->message->type != MESSAGE_LISTED) {
        listing->status = DALV_PROTOCOL;
        return;
    }
    listed = &answer->message->listed;
    buffer_clear(&listing->resume);
    listing->status = buffer_reserve(&listing->resume, listed->resume.size);
    if (listing->status != DALV_OK)
        return;
    buffer_put(&listing->resume, listed->resume);
    tell_devices(listing, listed);
    if (listing->resume.size == 0)
        listing->is_ended = true;
}

enum dalv_status dalv_backend_devices(struct dalv_backend *backend,
                                      struct dalv_bytes user,
                                      dalv_store_callback *callback,
                                      void *owner)
{
    struct listing listing = {
        .question = {.type = MESSAGE_LIST_DEVICES,
                     .list_devices = {.user = public_bytes_in(user)}},
        .callback = callback,
        .owner = owner,
    };
    enum dalv_status status = user_id_check(listing.question.list_devices.user);

    if (status != DALV_OK)
        return backend_fail(backend, status, dalv_status_text(status));
    buffer_init(&listing.resume);
    while (status == DALV_OK && !listing.is_ended) {
        listing.question.list_devices.resume = buffer_bytes(&listing.resume);
        status = backend_ask_and_wait(backend, &listing.question, on_listed,
                                      &listing);
        if (status == DALV_OK && listing.status != DALV_OK)
            status = backend_fail(backend, listing.status,
                                  dalv_status_text(listing.status));
    }
    buffer_deinit(&listing.resume);
    return status;
}

/* UPDATED has no text of its own. */
static enum dalv_status explain(struct dalv_backend *backend,
                                enum dalv_status status)
{
    if (status == DALV_NOT_FOUND)
        return backend_fail(backend, status, "the user has no such device");
    if (status == DALV_PRECONDITION)
        return backend_fail(
            backend, status,
            "the device has not heard yet that work of it was refused: it can "
            "be retired once it synced, or 30 days after it was last seen");
    return status;
}

enum dalv_status dalv_backend_retire_device(struct dalv_backend *backend,
                                            struct dalv_bytes user,
                                            uint64_t device)
{
    struct message question = {
        .type = MESSAGE_RETIRE_DEVICE,
        .retire_device = {.user = public_bytes_in(user), .device = device},
    };
    enum dalv_status status = user_id_check(question.retire_device.user);

    if (status == DALV_OK && device == 0)
        status = DALV_INVALID;
    if (status != DALV_OK)
        return backend_fail(backend, status, dalv_status_text(status));
    random_fill(question.retire_device.id.bytes,
                sizeof(question.retire_device.id.bytes));
    return explain(backend,
                   backend_ask_and_wait(backend, &question, NULL, NULL));
}
