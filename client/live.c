#include "client/live.h"

#include "client/store_internal.h"

/*
 * A sync that was cut short has staged pages, or shown what the journal has not
 * let go of: both are its own to finish.
 */
static enum dalv_status check_no_sync_is_open(struct store *store)
{
    const struct replica_state *state = replica_state(store->replica);
    struct buffer note;
    enum dalv_status status;

    if (state->identity == store_identity(store) &&
        state->settled > ledger_position(store->ledger)->settled)
        return DALV_REBASE;
    buffer_init(&note);
    status = replica_note(store->replica, &note);
    buffer_deinit(&note);
    if (status == DALV_OK)
        return DALV_REBASE;
    return status == DALV_NOT_FOUND ? replica_unstage(store->replica) : status;
}

/* What was settled before stays so: nothing of the device's own is in it. */
static enum dalv_status show(struct store *store,
                             const struct message_changed *changed,
                             replica_told *told, void *owner)
{
    struct replica_state state = *replica_state(store->replica);
    enum dalv_status status;

    state.cursor.revision = changed->revision;
    state.settled = ledger_position(store->ledger)->settled;
    state.identity = store_identity(store);
    status = replica_stage(store->replica, changed->page, (struct bytes){0});
    if (status == DALV_OK && replica_has_staged_parts(store->replica)) {
        status = replica_unstage(store->replica);
        return status == DALV_OK ? DALV_REBASE : status;
    }
    if (status != DALV_OK)
        return status;
    return replica_show(store->replica, &state, (struct bytes){0}, told, owner);
}

enum dalv_status live_take(struct store *store,
                           const struct message_changed *changed,
                           replica_told *told, void *owner)
{
    struct cursor cursor = replica_state(store->replica)->cursor;
    enum dalv_status status;

    if (changed->is_gap || changed->history_id != cursor.history_id)
        return DALV_REBASE;
    if (changed->revision <= cursor.revision)
        return DALV_OK;
    if (changed->revision_before != cursor.revision)
        return DALV_REBASE;
    status = check_no_sync_is_open(store);
    return status == DALV_OK ? show(store, changed, told, owner) : status;
}
