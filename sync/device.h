/*
 * The table of a user's devices: opening and retiring.
 *
 * A device store is known by its install id; its device id is given once and
 * never again to another, not even after an ERASE.
 */
#ifndef DALV_SYNC_DEVICE_H
#define DALV_SYNC_DEVICE_H

#include "base/status.h"
#include "model/transaction.h"
#include "sync/judge.h"

#include <stdint.h>

struct device_opened {
    enum dalv_status status; /* DALV_OK; DALV_QUOTA: too many devices. */
    uint64_t device;
};

/*
 * The device with this install id, which the view was asked for by
 * user_view_want_device(view, 0, install): the known one, or a new one. One
 * that was retired is active again and goes on where it stood: its unconfirmed
 * work must not be applied twice. Who may come at all, the token decides.
 * DALV_NO_MEMORY: nothing was done.
 */
DALV_MUST_CHECK enum dalv_status device_open(struct judge *judge,
                                             const struct install_id *install,
                                             struct device_opened *out_opened);

/*
 * Retires a device, which the view was asked for: a stub stays, with all that
 * settled its pushes, so that it can go on where it stood. Again is DALV_OK.
 * DALV_PRECONDITION: there are refusals that it has not heard of yet, and it
 * was there within the time of the conflict log. DALV_NOT_FOUND;
 * DALV_NO_MEMORY: nothing was done.
 */
DALV_MUST_CHECK enum dalv_status device_retire(struct judge *judge,
                                               uint64_t device);

#endif
