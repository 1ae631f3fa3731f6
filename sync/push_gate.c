#include "sync/push_internal.h"

#include "model/transaction_format.h"

/*
 * A restored server may know less of a device than the device does. Until the
 * device's first work after the restore, any number is as good as the next.
 */
static bool is_before_first_work(const struct device_state *device,
                                 const struct user_state *user)
{
    return user->common_history_id != 0 &&
           device->revision_last <= user->common;
}

enum dalv_status push_check_chain(const struct push_request *request,
                                  const struct user_state *user,
                                  struct device_state *device,
                                  size_t *out_skipped)
{
    uint64_t before = request->first - 1;
    uint64_t chain = request->chain;
    uint64_t skipped;

    if (request->first == 0 || request->sent_count > UINT64_MAX - before)
        return DALV_INVALID;
    if (before > device->push_settled) {
        if (!is_before_first_work(device, user))
            return DALV_CLONED;
        device->push_settled = before;
        device->chain = chain;
        *out_skipped = 0;
        return DALV_OK;
    }
    skipped = device->push_settled - before;
    if (skipped > request->sent_count)
        return DALV_CLONED;
    for (uint64_t i = 0; i < skipped; i++)
        chain = chain_extend(chain, request->sent[i]);
    if (chain != device->chain)
        return DALV_CLONED;
    *out_skipped = (size_t)skipped;
    return DALV_OK;
}

/* Where the cursor alone leads. */
static enum sync_mode choose_by_cursor(struct cursor cursor,
                                       const struct user_state *user)
{
    /* A first request may come late, from before a restore: a restored user's
       devices name the history first. */
    if (cursor.history_id == 0)
        return cursor.revision == 0 && user->floor == 0 &&
                       user->common_history_id == 0
                   ? SYNC_TAIL
                   : SYNC_SNAPSHOT;
    if (cursor.history_id != user->history_id)
        return SYNC_SNAPSHOT;
    if (cursor.revision < user->floor || cursor.revision > user->revision)
        return SYNC_DIGEST;
    return SYNC_TAIL;
}

/* True if no base that is still to be judged is out of what is known. */
static bool are_bases_known(const struct push_request *request,
                            const struct user_state *user, size_t skipped)
{
    for (size_t i = skipped; i < request->push_count; i++) {
        const struct push *push = &request->pushes[i];
        uint64_t base = push->transaction.base_revision;

        if (push->status == DALV_OK &&
            (base < user->floor || base > request->cursor.revision))
            return false;
    }
    return true;
}

void push_choose_mode(const struct push_request *request,
                      const struct user_state *user, size_t skipped,
                      struct push_answer *answer)
{
    uint64_t history_id = request->cursor.history_id;
    bool is_known = history_id == 0 || history_id == user->history_id;

    answer->mode = choose_by_cursor(request->cursor, user);
    if (answer->mode == SYNC_TAIL && !are_bases_known(request, user, skipped))
        answer->mode = SYNC_DIGEST;
    if (is_known)
        return;
    if (history_id == user->common_history_id)
        answer->common = user->common;
    else /* Of a user that was erased, an older history was erased too. */
        answer->is_erased = user->erased_history_id != 0;
}
