/*
 * What a turn needs before it is judged: memory, and its user as the index has
 * it.
 */
#include "base/bounds.h"
#include "model/transaction_format.h"
#include "node/permission.h"
#include "node/turn.h"

#include <string.h>

/* ---- How much memory ---- */

static size_t bytes_for_transaction(struct bytes transaction)
{
    size_t operations = 1 + transaction.size / TURN_OPERATION_BYTES_SMALL;

    if (operations > BOUNDS_TRANSACTION_OPERATIONS_MAX)
        operations = BOUNDS_TRANSACTION_OPERATIONS_MAX;
    return 2 * transaction.size + operations * TURN_BYTES_PER_OPERATION;
}

size_t turn_bytes_for(const struct request *request)
{
    const struct message *asked = &request->message;
    size_t bytes = TURN_BYTES_PER_REQUEST;

    if (asked->type == MESSAGE_UPDATE)
        return bytes + bytes_for_transaction(asked->update.transaction);
    if (asked->type != MESSAGE_SYNC)
        return bytes;
    bytes += TURN_BYTES_PER_DEVICE;
    for (size_t i = 0; i < asked->sync.push_count; i++)
        bytes += TURN_BYTES_PER_RECORD +
                 bytes_for_transaction(asked->sync.pushes[i]);
    return bytes;
}

/* ---- What the view is asked for ---- */

/*
 * What a device writes is judged by SYNC, once. All that it may send otherwise
 * are the parts of its large values, under keys that it may put.
 */
static bool is_for_sync(const struct turn *turn, const struct request *request,
                        const struct transaction *transaction)
{
    const struct operation *first = &transaction->operations[0];

    return request->voucher->claims.role == TOKEN_DEVICE &&
           (first->type != OPERATION_UPLOAD ||
            policy_domain(turn->policy, first->key) != POLICY_USER);
}

/* May it be sent by whoever asks, and is it small enough? */
static enum dalv_status judge_before(const struct turn *turn,
                                     const struct request *request,
                                     const struct transaction *transaction,
                                     size_t bytes, uint32_t *out_operation)
{
    enum dalv_status status = permission_judge_writes(
        &request->voucher->claims, transaction, out_operation);

    return status == DALV_OK ? policy_judge_size(turn->policy, transaction,
                                                 bytes, out_operation)
                             : status;
}

/*
 * Records borrow keys and values from what was asked, until the index has
 * applied them: but the request leaves with its answer, which may be before.
 * So the turn has a copy, as it has of a SYNC's pushes.
 */
static enum dalv_status want_update(struct turn *turn, struct request *request)
{
    const struct message_update *asked = &request->message.update;
    struct update *update = &request->update;
    struct user_view *view = &turn->view;

    *update = (struct update){.id = asked->id};
    if (!arena_copy(view->arena, asked->transaction, &update->body))
        return DALV_NO_MEMORY;
    update->status =
        transaction_decode(update->body, view->arena, &update->transaction);
    if (update->status == DALV_NO_MEMORY)
        return update->status;
    if (update->status == DALV_OK &&
        is_for_sync(turn, request, &update->transaction))
        update->status = DALV_NOT_PERMITTED;
    if (update->status == DALV_OK)
        update->status =
            judge_before(turn, request, &update->transaction,
                         asked->transaction.size, &update->operation);
    return update_want(update, view);
}

/* How many of the pushes are judged for one SYNC: the device comes again. */
static size_t pushes_to_judge(const struct push_request *request,
                              uint64_t operation_max)
{
    uint64_t operations = 0;
    size_t count = 0;

    while (count < request->push_count) {
        operations += request->pushes[count].transaction.operation_count;
        if (count > 0 && operation_max != 0 && operations > operation_max)
            break;
        count++;
    }
    return count;
}

static enum dalv_status want_sync(struct turn *turn, struct request *request)
{
    struct push_request *push_request = &request->push;
    enum dalv_status status = push_want(push_request, request->device,
                                        &request->message.sync, &turn->view);
    uint32_t operation;

    if (status != DALV_OK)
        return status;
    push_request->push_count =
        pushes_to_judge(push_request, turn->policy->sync_operation_max);
    for (size_t i = 0; i < push_request->push_count; i++) {
        struct push *push = &push_request->pushes[i];

        if (push->status == DALV_OK)
            push->status = judge_before(turn, request, &push->transaction,
                                        push_request->sent[i].size, &operation);
    }
    return DALV_OK;
}

/* A read that met values which have expired: they go first. */
static enum dalv_status want_due_keys(const struct request *request,
                                      struct user_view *view)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < request->due_key_count; i++)
        status = user_view_want_key(view, request->due_keys[i]);
    return status;
}

static enum dalv_status want_retire(const struct message_retire_device *asked,
                                    struct user_view *view)
{
    enum dalv_status status = user_view_want_request(view, &asked->id);

    return status == DALV_OK ? user_view_want_device(view, asked->device, NULL)
                             : status;
}

static enum dalv_status want_asked(struct turn *turn, struct request *request)
{
    const struct message *asked = &request->message;
    struct user_view *view = &turn->view;

    if (asked->type == MESSAGE_UPDATE)
        return want_update(turn, request);
    if (asked->type == MESSAGE_SYNC)
        return want_sync(turn, request);
    if (asked->type == MESSAGE_OPEN_DEVICE)
        return user_view_want_device(view, 0, &asked->open_device.install);
    if (asked->type == MESSAGE_RETIRE_DEVICE)
        return want_retire(&asked->retire_device, view);
    if (asked->type == MESSAGE_ERASE)
        return user_view_want_request(view, &asked->erase.id);
    return DALV_OK;
}

static enum dalv_status want_of(struct turn *turn, struct request *request)
{
    enum dalv_status status;

    memset(&request->answer, 0, sizeof(request->answer));
    request->is_unlogged = false;
    status = want_asked(turn, request);
    return status == DALV_OK ? want_due_keys(request, &turn->view) : status;
}

static enum dalv_status want_chore(const struct chore *chore,
                                   struct user_view *view)
{
    const struct chore_wish *wish = &chore->wish;

    if (wish->type == CHORE_UPLOAD)
        return user_view_want_upload(view, wish->key, wish->generation);
    return wish->type == CHORE_EXPIRY ? user_view_want_key(view, wish->key)
                                      : DALV_OK;
}

enum dalv_status turn_want(struct turn *turn, struct bytes user)
{
    /* A share of the arena for each; what is too little grows with it. */
    const struct user_view_bounds bounds = {
        .keys = turn->arena.capacity / TURN_BYTES_PER_KEY,
        .elements = turn->arena.capacity / TURN_BYTES_PER_KEY,
        .devices = turn->arena.capacity / TURN_BYTES_PER_DEVICE,
        .requests = turn->arena.capacity / TURN_BYTES_PER_REQUEST,
        .uploads = turn->arena.capacity / TURN_BYTES_PER_REQUEST,
    };
    enum dalv_status status;

    arena_clear(&turn->arena);
    status = user_view_init(&turn->view, &turn->arena, user, &bounds);
    for (struct list_link *link = turn->requests.first;
         status == DALV_OK && link != NULL; link = link->next)
        status = want_of(turn, LIST_ITEM(link, struct request, link));
    for (struct list_link *link = turn->chores.first;
         status == DALV_OK && link != NULL; link = link->next)
        status = want_chore(LIST_ITEM(link, struct chore, link), &turn->view);
    if (status == DALV_OK)
        status = user_view_prepare(&turn->view);
    return status;
}
