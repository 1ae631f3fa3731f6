#include "model/transaction_format.h"
#include "sync/push.h"

/* How much of a view was asked for. */
struct wanted {
    size_t keys;
    size_t elements;
};

static enum dalv_status want_additions(uint64_t device,
                                       const struct transaction *transaction,
                                       struct user_view *view)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < transaction->operation_count;
         i++) {
        const struct operation *operation = &transaction->operations[i];
        struct dot dot = {.device = device,
                          .local_id = transaction->local_id,
                          .position = (uint32_t)i};

        if (operation->type == OPERATION_ADD_TO_LIST)
            status = user_view_want_element(view, operation->key, dot);
    }
    return status;
}

/* DALV_TOO_BIG: the view is as it was. */
static enum dalv_status want(uint64_t device,
                             const struct transaction *transaction,
                             struct user_view *view)
{
    struct wanted before = {view->key_count, view->element_count};
    enum dalv_status status = user_view_want_transaction(view, transaction);

    if (status == DALV_OK)
        status = want_additions(device, transaction, view);
    if (status != DALV_OK) {
        view->key_count = before.keys;
        view->element_count = before.elements;
    }
    return status;
}

/* True if no view of this size could ever hold what judging it needs. */
static bool is_beyond_any_view(const struct transaction *transaction,
                               const struct user_view *view)
{
    size_t elements = 0;

    for (size_t i = 0; i < transaction->operation_count; i++) {
        const struct operation *operation = &transaction->operations[i];

        elements += operation->dot_count +
                    (size_t)(operation->type == OPERATION_ADD_TO_LIST);
    }
    return transaction->operation_count > view->key_capacity ||
           elements > view->element_capacity;
}

/* From a copy: see push_want. Preconditions are a backend's. */
static enum dalv_status decode(struct bytes sent, struct arena *arena,
                               struct transaction *transaction)
{
    enum dalv_status status = DALV_NO_MEMORY;
    struct bytes copy;

    if (arena_copy(arena, sent, &copy))
        status = transaction_decode(copy, arena, transaction);
    if (status == DALV_OK && transaction->precondition_count != 0)
        return DALV_INVALID;
    return status;
}

/*
 * DALV_OK if the push was taken in, to be judged or refused; else there is no
 * room for it here: DALV_TOO_BIG in the view, DALV_NO_MEMORY in the arena.
 */
static enum dalv_status take(uint64_t device, struct bytes sent,
                             struct user_view *view, struct push *push)
{
    enum dalv_status status = decode(sent, view->arena, &push->transaction);

    if (status == DALV_NO_MEMORY)
        return status;
    push->status = status;
    if (status != DALV_OK)
        return DALV_OK;
    status = want(device, &push->transaction, view);
    if (status != DALV_OK && is_beyond_any_view(&push->transaction, view)) {
        push->status = status;
        return DALV_OK;
    }
    return status;
}

enum dalv_status push_want(struct push_request *out_request, uint64_t device,
                           const struct message_sync *sync,
                           struct user_view *view)
{
    struct push_request request = {
        .device = device,
        .named = sync->device,
        .cursor = sync->cursor,
        .confirmed = sync->confirmed,
        .first = sync->push_first,
        .chain = sync->chain,
        .sent = sync->pushes,
        .sent_count = sync->push_count,
    };
    enum dalv_status status = user_view_want_device(view, device, NULL);

    if (status != DALV_OK)
        return status;
    request.pushes =
        arena_take(view->arena, sync->push_count, sizeof(*request.pushes));
    if (request.pushes == NULL)
        return DALV_NO_MEMORY;
    while (request.push_count < sync->push_count) {
        status = take(device, sync->pushes[request.push_count], view,
                      &request.pushes[request.push_count]);
        if (status != DALV_OK)
            break;
        request.push_count++;
    }
    if (status == DALV_NO_MEMORY && request.push_count == 0)
        return status;
    *out_request = request;
    return DALV_OK;
}
