#include "sync/update.h"

#include "base/assert.h"
#include "base/hash.h"
#include "sync/upload.h"

enum dalv_status update_want(const struct update *update,
                             struct user_view *view)
{
    enum dalv_status status = user_view_want_request(view, &update->id);

    if (status != DALV_OK || update->status != DALV_OK)
        return status;
    return user_view_want_transaction(view, &update->transaction);
}

static void answer_again(const struct view_request *known, uint64_t body_hash,
                         struct update_answer *answer)
{
    answer->is_repeated = true;
    if (known->state.body_hash != body_hash) {
        answer->status = DALV_INVALID;
        return;
    }
    answer->status = known->state.status;
    answer->operation = known->operation;
    answer->revision = known->state.revision;
    answer->numbers = known->state.numbers;
}

/* One operation that looks for something to end, and found nothing. */
static bool has_found_nothing(const struct transaction *transaction,
                              const struct verdict *verdict)
{
    enum operation_type type = transaction->operations[0].type;

    return verdict->revision == 0 && transaction->operation_count == 1 &&
           (type == OPERATION_DEL || type == OPERATION_REMOVE_FROM_LIST);
}

static void remember(struct judge *judge, const struct update *update,
                     struct verdict *verdict, struct view_request *known)
{
    struct author author = {.writer = WRITER_BACKEND, .request = update->id};

    known->is_found = true;
    known->state = (struct request_state){
        .id = update->id,
        .body_hash = hash64(update->body),
        .status = DALV_OK,
        .revision = verdict->revision,
        .time_us = judge->options.now_us,
        .numbers = verdict->numbers,
    };
    verdict->effects[verdict->effect_count++] =
        (struct effect){.type = EFFECT_REQUEST, .request = known->state};
    judge_end_record(judge, &author, verdict->effects, verdict->effect_count,
                     verdict->revision);
}

/* No record tells of it: it stands in the view alone. */
static void remember_unlogged(const struct update *update,
                              const struct update_answer *answer,
                              uint64_t now_us, struct view_request *known)
{
    known->is_found = true;
    known->operation = answer->operation;
    known->state = (struct request_state){
        .id = update->id,
        .body_hash = hash64(update->body),
        .status = answer->status,
        .revision = answer->revision,
        .time_us = now_us,
        .numbers = answer->numbers,
    };
}

/* The verdict on one that was not refused before it could be judged. */
static enum dalv_status judge_now(struct judge *judge,
                                  const struct update *update,
                                  struct view_request *known,
                                  struct update_answer *answer)
{
    struct judge_case judged = {
        .author = {.writer = WRITER_BACKEND, .request = update->id},
        .transaction = &update->transaction,
        .effects_reserved = 1,
    };
    struct verdict verdict;
    enum dalv_status status = judge_transaction(judge, &judged, &verdict);

    if (status != DALV_OK)
        return status;
    *answer = (struct update_answer){
        .status = verdict.status,
        .operation = verdict.operation,
        .revision = verdict.revision,
        .numbers = verdict.numbers,
    };
    if (verdict.revision != 0)
        remember(judge, update, &verdict, known);
    else if (verdict.status == DALV_OK &&
             has_found_nothing(&update->transaction, &verdict))
        answer->status = DALV_NOT_FOUND;
    return DALV_OK;
}

/* A part names itself: no memory of its request is needed. */
static bool is_part(const struct update *update)
{
    return update->status == DALV_OK &&
           update->transaction.operations[0].type == OPERATION_UPLOAD;
}

static enum dalv_status judge_part(struct judge *judge,
                                   const struct update *update,
                                   struct update_answer *out_answer)
{
    struct update_answer answer = {.status = DALV_OK};
    enum dalv_status status =
        upload_take(judge, &update->transaction.operations[0], &answer.status);

    if (status != DALV_OK)
        return status;
    answer.history_id = user_state_history(&judge->view->state);
    answer.revision = judge->view->state.revision;
    *out_answer = answer;
    return DALV_OK;
}

enum dalv_status update_judge(struct judge *judge, const struct update *update,
                              struct update_answer *out_answer)
{
    struct view_request *known = user_view_request(judge->view, &update->id);
    struct update_answer answer = {.status = update->status,
                                   .operation = update->operation};
    enum dalv_status status = DALV_OK;

    ASSERT(known != NULL);
    if (!known->is_found && is_part(update))
        return judge_part(judge, update, out_answer);
    if (known->is_found)
        answer_again(known, hash64(update->body), &answer);
    else if (update->status == DALV_OK)
        status = judge_now(judge, update, known, &answer);
    if (status != DALV_OK)
        return status;
    answer.history_id = user_state_history(&judge->view->state);
    if (!answer.is_repeated && answer.revision == 0) {
        answer.is_unlogged = true;
        answer.revision = judge->view->state.revision;
        remember_unlogged(update, &answer, judge->options.now_us, known);
    }
    *out_answer = answer;
    return DALV_OK;
}
