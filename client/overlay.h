/*
 * What the application sees: the replica's state with the device's own pending
 * work laid over it, operation by operation, in local order.
 */
#ifndef DALV_CLIENT_OVERLAY_H
#define DALV_CLIENT_OVERLAY_H

#include "base/status.h"
#include "client/key_value.h"
#include "model/operation.h"

/*
 * Change `value` as the operation does. `dot` is its name: the device (or
 * DOT_SELF), the local transaction, the operation's place in it. An element
 * that it adds stands behind all others; removed ones are gone; a life has no
 * end yet, since only the cluster's clock counts.
 *
 * DALV_WRONG_KIND, DALV_OCCUPIED, DALV_OVERFLOW, DALV_TOO_BIG (elements of a
 * list): nothing was changed. DALV_NO_MEMORY.
 */
DALV_MUST_CHECK enum dalv_status
overlay_apply(struct key_value *value, const struct operation *operation,
              struct dot dot);

#endif
