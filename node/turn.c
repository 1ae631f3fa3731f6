#include "node/turn.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "model/transaction_format.h"
#include "node/permission.h"
#include "sync/device.h"
#include "sync/sweep.h"

#include <string.h>

struct turn *turn_create(struct allocator *allocator,
                         const struct policy *policy, size_t bytes)
{
    struct turn *turn = allocator_take(allocator, sizeof(*turn) + bytes);

    if (turn == NULL)
        return NULL;
    memset(turn, 0, sizeof(*turn));
    turn->allocator = allocator;
    turn->policy = policy;
    list_init(&turn->requests);
    list_init(&turn->chores);
    arena_init(&turn->arena, turn + 1, bytes);
    return turn;
}

void turn_destroy(struct turn **turn_p)
{
    struct turn *turn = *turn_p;

    *turn_p = NULL;
    if (turn == NULL)
        return;
    ASSERT(turn->holds == 0 && list_is_empty(&turn->requests) &&
           list_is_empty(&turn->chores));
    allocator_give(turn->allocator, turn, sizeof(*turn) + turn->arena.capacity);
}

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

static void refuse(struct request *request, enum dalv_status status,
                   const char *text)
{
    request->answer.type = MESSAGE_REFUSED;
    request->answer.refused = (struct message_refused){
        .status = status, .text = bytes_from_text(text)};
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
 * So the turn has a copy. (A SYNC needs none: its answer is read from the
 * index, behind what was applied.)
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
    return chore->wish.type == CHORE_EXPIRY
               ? user_view_want_key(view, chore->wish.key)
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

/* ---- Judging ---- */

static struct cursor head_of(const struct turn *turn)
{
    return (struct cursor){.history_id = user_state_history(&turn->view.state),
                           .revision = turn->view.state.revision};
}

/* The results of the INCREMENTs, as the message wants them. */
static enum dalv_status take_numbers(struct turn *turn, struct bytes numbers,
                                     struct message_updated *updated)
{
    size_t count = numbers.size / sizeof(int64_t);
    int64_t *taken = arena_take(&turn->arena, count, sizeof(*taken));
    struct reader reader;

    if (taken == NULL)
        return DALV_NO_MEMORY;
    reader_init(&reader, numbers);
    for (size_t i = 0; i < count; i++)
        taken[i] = reader_i64(&reader);
    updated->numbers = taken;
    updated->number_count = count;
    return DALV_OK;
}

static enum dalv_status judge_update(struct turn *turn, struct request *request)
{
    struct message_updated *updated = &request->answer.updated;
    struct update_answer answer;
    enum dalv_status status =
        update_judge(&turn->judge, &request->update, &answer);

    if (status != DALV_OK)
        return status;
    request->answer.type = MESSAGE_UPDATED;
    updated->status = answer.status;
    updated->operation = answer.operation;
    updated->head = (struct cursor){.history_id = answer.history_id,
                                    .revision = answer.revision};
    updated->epoch = turn->epoch;
    request->is_unlogged = answer.is_unlogged;
    return take_numbers(turn, answer.numbers, updated);
}

static const char *why_not(enum dalv_status status)
{
    if (status == DALV_CLONED)
        return "the store was cloned or rolled back: take a new install id";
    if (status == DALV_NOT_FOUND)
        return "no such device: say HELLO again";
    if (status == DALV_INVALID)
        return "pushes must be numbered one by one from where they are "
               "settled, and be transactions";
    return "the device was retired: a new session takes it up again";
}

static enum dalv_status judge_sync(struct turn *turn, struct request *request)
{
    const struct push_answer *answer = &request->push_answer;
    struct message_synced *synced = &request->answer.synced;
    enum dalv_status status =
        push_judge(&turn->judge, &request->push, &request->push_answer);

    if (status != DALV_OK)
        return status;
    if (answer->status != DALV_OK) {
        refuse(request, answer->status, why_not(answer->status));
        return DALV_OK;
    }
    request->answer.type = MESSAGE_SYNCED;
    *synced = (struct message_synced){.mode = answer->mode,
                                      .settled = answer->settled,
                                      .outcomes = answer->outcomes,
                                      .outcome_count = answer->outcome_count,
                                      .applied_first = answer->applied_first,
                                      .applied = answer->applied,
                                      .applied_count = answer->applied_count,
                                      .common = answer->common,
                                      .is_restored = answer->is_restored,
                                      .is_erased = answer->is_erased};
    return DALV_OK;
}

static enum dalv_status judge_open(struct turn *turn, struct request *request)
{
    struct device_opened opened;
    enum dalv_status status = device_open(
        &turn->judge, &request->message.open_device.install, &opened);

    if (status != DALV_OK)
        return status;
    request->answer.type = MESSAGE_DEVICE_OPENED;
    request->answer.device_opened = (struct message_device_opened){
        .status = opened.status, .device = opened.device};
    return DALV_OK;
}

static void answer_updated(struct turn *turn, struct request *request,
                           enum dalv_status status)
{
    request->answer.type = MESSAGE_UPDATED;
    request->answer.updated = (struct message_updated){
        .status = status, .head = head_of(turn), .epoch = turn->epoch};
}

/*
 * How the request with this id ended, as far as it is remembered; false if it
 * must be judged. An id that was used for an UPDATE is not taken for another
 * question.
 */
static bool answer_known(struct turn *turn, struct request *request,
                         const struct view_request *known)
{
    if (!known->is_found)
        return false;
    answer_updated(turn, request,
                   known->state.body_hash == 0 ? known->state.status
                                               : DALV_INVALID);
    return true;
}

/* No record holds the id: it is remembered beside the log. */
static void remember_unlogged(struct request *request,
                              struct view_request *known,
                              enum dalv_status status)
{
    known->is_found = true;
    known->state = (struct request_state){.id = known->id, .status = status};
    request->is_unlogged = true;
}

static enum dalv_status judge_retire(struct turn *turn, struct request *request)
{
    const struct message_retire_device *asked = &request->message.retire_device;
    struct view_request *known = user_view_request(&turn->view, &asked->id);
    enum dalv_status status;

    if (answer_known(turn, request, known))
        return DALV_OK;
    status = device_retire(&turn->judge, asked->device);
    if (status == DALV_NO_MEMORY)
        return status;
    answer_updated(turn, request, status);
    remember_unlogged(request, known, status);
    return DALV_OK;
}

/*
 * The history that would hold the id has ended by it: a copy that comes when
 * another has begun finds it beside the log.
 */
static enum dalv_status judge_erase(struct turn *turn, struct request *request,
                                    uint64_t now_us)
{
    const struct request_id *id = &request->message.erase.id;
    struct view_request *known = user_view_request(&turn->view, id);
    const struct request_state state = {
        .id = *id, .status = DALV_OK, .time_us = now_us};
    enum dalv_status status;

    if (answer_known(turn, request, known))
        return DALV_OK;
    status = sweep_erase(&turn->judge, &state);
    if (status != DALV_OK)
        return status;
    answer_updated(turn, request, DALV_OK);
    remember_unlogged(request, known, DALV_OK);
    return DALV_OK;
}

static enum dalv_status judge_request(struct turn *turn,
                                      struct request *request,
                                      const struct judge_options *options)
{
    switch ((int)request->message.type) {
    case MESSAGE_UPDATE:
        return judge_update(turn, request);
    case MESSAGE_SYNC:
        return judge_sync(turn, request);
    case MESSAGE_OPEN_DEVICE:
        return judge_open(turn, request);
    case MESSAGE_RETIRE_DEVICE:
        return judge_retire(turn, request);
    case MESSAGE_ERASE:
        return judge_erase(turn, request, options->now_us);
    default: /* A read that met a due value: sweep_due was all it needs. */
        return DALV_OK;
    }
}

/* ---- Chores ---- */

static enum dalv_status judge_old_requests(struct turn *turn)
{
    struct request_state *old =
        arena_take(&turn->arena, turn->chores.count, sizeof(*old));
    size_t count = 0;

    if (old == NULL)
        return DALV_NO_MEMORY;
    for (struct list_link *link = turn->chores.first; link != NULL;
         link = link->next)
        old[count++] = LIST_ITEM(link, struct chore, link)->wish.request;
    return sweep_requests(&turn->judge, old, count);
}

static enum dalv_status judge_conflicts(struct turn *turn)
{
    size_t count = 0;
    enum dalv_status status =
        sweep_conflicts(&turn->judge, turn->findings.conflicts,
                        turn->findings.conflict_count, &count);

    /* Where something went, there may be more. */
    turn->findings.sweep.is_whole = count == 0;
    return status;
}

/*
 * A device may have begun to read below the wished floor meanwhile: then it
 * stays where it is. Another chore may have moved it further: what this one
 * found goes all the same.
 */
static enum dalv_status judge_tombstones(struct turn *turn,
                                         const struct chore *chore)
{
    const struct sweep *sweep = &turn->findings.sweep;
    uint64_t floor = chore->wish.floor;
    bool is_idle = floor <= turn->view.state.floor && chore->resume_size == 0 &&
                   sweep->effect_count == 0;

    if (floor > turn->floor_bound || is_idle) {
        turn->findings.sweep.is_whole = true;
        return DALV_OK;
    }
    if (floor < turn->view.state.floor)
        floor = turn->view.state.floor;
    return sweep_tombstones(&turn->judge, floor, sweep);
}

/* A chore of a history that has ended meanwhile is none any more. */
static bool is_void(const struct turn *turn, const struct chore *chore)
{
    return chore->wish.type != CHORE_HISTORY &&
           chore->wish.history_id != turn->view.state.history_id;
}

static enum dalv_status judge_chores(struct turn *turn)
{
    const struct chore *chore =
        LIST_ITEM(turn->chores.first, struct chore, link);
    const struct findings *findings = &turn->findings;

    if (chore == NULL)
        return DALV_OK;
    if (is_void(turn, chore)) {
        turn->findings.sweep.is_whole = true;
        return DALV_OK;
    }
    switch (chore->wish.type) {
    case CHORE_EXPIRY: /* sweep_due was all. */
        turn->findings.sweep.is_whole = true;
        return DALV_OK;
    case CHORE_REQUESTS:
        turn->findings.sweep.is_whole = true;
        return judge_old_requests(turn);
    case CHORE_TOMBSTONES:
        return judge_tombstones(turn, chore);
    case CHORE_LIST:
        return sweep_list(&turn->judge, chore->wish.key, chore->wish.generation,
                          &findings->sweep);
    case CHORE_HISTORY:
        return sweep_history(&turn->judge, chore->wish.history_id,
                             findings->rest);
    case CHORE_CONFLICTS:
        return judge_conflicts(turn);
    }
    return DALV_INTERNAL;
}

enum dalv_status turn_judge(struct turn *turn,
                            const struct judge_options *options,
                            uint64_t now_ms)
{
    enum dalv_status status = judge_init(&turn->judge, &turn->view, options);

    if (status == DALV_OK)
        status = sweep_due(&turn->judge);
    if (status == DALV_OK)
        status = judge_chores(turn);
    for (struct list_link *link = turn->requests.first;
         status == DALV_OK && link != NULL; link = link->next) {
        struct request *request = LIST_ITEM(link, struct request, link);

        if (now_ms >= request->deadline_ms)
            refuse(request,
                   request_was_judged(request) ? DALV_UNKNOWN
                                               : DALV_UNAVAILABLE,
                   "its time had passed before it was looked at");
        else
            status = judge_request(turn, request, options);
    }
    return status;
}

/* ---- What no record holds ---- */

static const struct request_id *id_of(const struct message *message)
{
    if (message->type == MESSAGE_UPDATE)
        return &message->update.id;
    if (message->type == MESSAGE_ERASE)
        return &message->erase.id;
    return message->type == MESSAGE_RETIRE_DEVICE ? &message->retire_device.id
                                                  : NULL;
}

void turn_recall(struct turn *turn, const struct refusals *refusals)
{
    for (size_t i = 0; i < turn->view.request_count; i++) {
        struct view_request *request = &turn->view.requests[i];

        if (!request->is_found)
            refusals_recall(refusals, turn->view.user, request);
    }
}

/*
 * A copy that was sent before this one may stand in a queue for as long as a
 * question may last at all.
 */
static uint64_t copies_until_ms(const struct request *request, uint64_t now_ms)
{
    uint64_t until_ms = now_ms + BOUNDS_DEADLINE_MS_MAX;

    return request->deadline_ms > until_ms ? request->deadline_ms : until_ms;
}

/* An UPDATE without a record did nothing; the others may have. */
static void refuse_unremembered(struct request *request)
{
    if (request->message.type == MESSAGE_UPDATE)
        refuse(request, DALV_BUSY,
               "too many refusals to remember, not done: try again");
    else
        refuse(request, DALV_UNKNOWN,
               "too many answers to remember: repeat it under the same id");
    request->answer.refused.retry_after_ms = TURN_RETRY_AFTER_MS;
}

void turn_remember(struct turn *turn, struct refusals *refusals,
                   uint64_t now_ms)
{
    for (struct list_link *link = turn->requests.first; link != NULL;
         link = link->next) {
        struct request *request = LIST_ITEM(link, struct request, link);
        const struct request_id *id = id_of(&request->message);

        if (request->is_unlogged &&
            refusals_put(refusals, turn->view.user,
                         user_view_request(&turn->view, id),
                         copies_until_ms(request, now_ms)) != DALV_OK)
            refuse_unremembered(request);
    }
}
