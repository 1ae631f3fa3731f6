#include "sync/update.h"

#include "base/assert.h"
#include "base/hash.h"

enum dalv_status update_want(const struct update *update,
                             struct user_view *view)
{
    enum dalv_status status = user_view_want_request(view, &update->id);

    if (status != DALV_OK)
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

enum dalv_status update_judge(struct judge *judge, const struct update *update,
                              struct update_answer *out_answer)
{
    struct view_request *known = user_view_request(judge->view, &update->id);
    struct judge_case judged = {
        .author = {.writer = WRITER_BACKEND, .request = update->id},
        .transaction = &update->transaction,
        .effects_reserved = 1,
    };
    struct update_answer answer = {.history_id = judge->view->state.history_id};
    struct verdict verdict;
    enum dalv_status status;

    ASSERT(known != NULL);
    if (known->is_found) {
        answer_again(known, hash64(update->body), &answer);
        *out_answer = answer;
        return DALV_OK;
    }
    status = judge_transaction(judge, &judged, &verdict);
    if (status != DALV_OK)
        return status;
    answer.status = verdict.status;
    answer.operation = verdict.operation;
    answer.numbers = verdict.numbers;
    if (verdict.revision != 0)
        remember(judge, update, &verdict, known);
    else if (verdict.status == DALV_OK &&
             has_found_nothing(&update->transaction, &verdict))
        answer.status = DALV_NOT_FOUND;
    answer.history_id = judge->view->state.history_id;
    answer.revision =
        verdict.revision != 0 ? verdict.revision : judge->view->state.revision;
    *out_answer = answer;
    return DALV_OK;
}
