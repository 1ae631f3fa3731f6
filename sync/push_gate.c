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
    /* How these ended is forgotten, since the device said that it knows: a
       store that does not is another one, or was put back in time. */
    if (before < device->confirmed)
        return DALV_CLONED;
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
    if (cursor.history_id != user_state_history(user))
        return SYNC_SNAPSHOT;
    if (cursor.revision < user->floor || cursor.revision > user->revision)
        return SYNC_DIGEST;
    return SYNC_TAIL;
}

static bool is_base_known(const struct push_request *request,
                          const struct user_state *user,
                          const struct push *push)
{
    uint64_t base = push->transaction.base_revision;

    return push->status != DALV_OK ||
           (base >= user->floor && base <= request->cursor.revision);
}

/*
 * Of what is not settled yet, all up to the first base that is out of what is
 * known. So what is left unsettled begins with a push that no late copy of any
 * request can bring to judgement: the device is free to send other work under
 * its number.
 */
static size_t find_judged_end(const struct push_request *request,
                              const struct user_state *user, size_t skipped)
{
    size_t end = skipped;

    while (end < request->push_count &&
           is_base_known(request, user, &request->pushes[end]))
        end++;
    return end;
}

size_t push_choose_mode(const struct push_request *request,
                        const struct user_state *user, size_t skipped,
                        struct push_answer *answer)
{
    uint64_t history_id = request->cursor.history_id;
    size_t end = skipped;

    answer->mode = choose_by_cursor(request->cursor, user);
    if (answer->mode == SYNC_TAIL) {
        end = find_judged_end(request, user, skipped);
        if (end < request->push_count)
            answer->mode = SYNC_DIGEST;
    }
    if (history_id == 0 || history_id == user_state_history(user))
        return end;
    if (history_id == user->common_history_id) {
        answer->is_restored = true;
        answer->common = user->common;
        return end;
    }
    /* Of a user that was erased, an older history was erased too. Else it was
       lost, with all that it held. */
    answer->is_erased = user->erased_history_id != 0;
    answer->is_restored = !answer->is_erased;
    return end;
}
