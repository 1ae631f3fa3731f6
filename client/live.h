/*
 * The live session of a device: what others commit is shown as it comes, one
 * whole transaction at a time, as long as there is no gap.
 */
#ifndef DALV_CLIENT_LIVE_H
#define DALV_CLIENT_LIVE_H

#include "base/status.h"
#include "client/store.h"
#include "model/message.h"

/*
 * Take a transaction that was pushed. DALV_OK: it is shown, or was already.
 * DALV_REBASE: something is missing before it (or a sync was left half-way):
 * nothing was done, and a sync brings it. DALV_PROTOCOL, and what the map says.
 * `told` may be NULL.
 */
DALV_MUST_CHECK enum dalv_status
live_take(struct store *store, const struct message_changed *changed,
          replica_told *told, void *owner);

#endif
