#include "node/turn.h"

#include "base/assert.h"
#include "base/bounds.h"
#include "sync/device.h"
#include "sync/sweep.h"
#include "sync/upload.h"

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

/* ---- Judging ---- */

static void refuse(struct request *request, enum dalv_status status,
                   const char *text)
{
    request->answer.type = MESSAGE_REFUSED;
    request->answer.refused = (struct message_refused){
        .status = status, .text = bytes_from_text(text)};
}

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
    case CHORE_UPLOAD:
        turn->findings.sweep.is_whole = true;
        return upload_end(&turn->judge, chore->wish.key,
                          chore->wish.generation);
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
