#include "client/calls.h"

#include "base/assert.h"
#include "client/call_copy.h"
#include "client/sightings.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    TEXT_BYTES_MAX = 256,
    NUMBER_SLOTS = 1 << 14, /* Of a number: the slot ... */
    GENERATIONS = 1 << 17,  /* ... and how often numbers went round. */
};

_Static_assert((int)CALLS_MAX <= (int)NUMBER_SLOTS, "a slot is in a number");

enum dalv_status calls_init(struct calls *calls, uint64_t now_ms, uint64_t seed)
{
    *calls = (struct calls){0};
    calls->slots = calloc(CALLS_MAX, sizeof(struct call *));
    calls->timers = malloc(sizeof(*calls->timers));
    if (calls->slots == NULL || calls->timers == NULL) {
        calls_deinit(calls);
        return DALV_NO_MEMORY;
    }
    list_init(&calls->queue);
    timers_init(calls->timers, now_ms);
    prng_init(&calls->prng, seed);
    return DALV_OK;
}

static uint32_t take_slot(struct calls *calls)
{
    uint32_t slot = calls->next_slot;

    while (calls->slots[slot] != NULL)
        slot = (slot + 1) % CALLS_MAX;
    if (slot < calls->next_slot)
        calls->generation = (calls->generation + 1) % GENERATIONS;
    calls->next_slot = (slot + 1) % CALLS_MAX;
    if (calls->next_slot == 0)
        calls->generation = (calls->generation + 1) % GENERATIONS;
    return slot;
}

static uint32_t slot_of(uint32_t number)
{
    return number % NUMBER_SLOTS;
}

enum dalv_status calls_add(struct calls *calls,
                           const struct call_request *request)
{
    struct call *call;
    uint32_t slot;

    if (calls->count >= CALLS_MAX || calls->bytes >= CALLS_BYTES_MAX)
        return DALV_BUSY;
    call = call_copy_make(request->question);
    if (call == NULL)
        return DALV_NO_MEMORY;
    slot = take_slot(calls);
    calls->slots[slot] = call;
    calls->count++;
    calls->bytes += call->bytes;
    /* Never 0, which is the number of what answers nothing. */
    call->question.request =
        (calls->generation * NUMBER_SLOTS + slot) | (UINT32_C(1) << 31);
    call->deadline_ms = request->deadline_ms;
    call->handler = request->handler;
    call->owner = request->owner;
    call->state = CALL_QUEUED;
    list_append(&calls->queue, &call->link);
    timers_start(calls->timers, &call->timer, call->deadline_ms);
    return DALV_OK;
}

/*
 * The call is out of the table before its handler runs, so that the handler
 * may ask the next thing. One that stands in the queue is dropped when it comes
 * to the front: so ending ten thousand takes no search for each.
 */
static void finish(struct calls *calls, struct call *call,
                   const struct call_answer *answer)
{
    bool is_queued = call->state == CALL_QUEUED;

    timers_stop(calls->timers, &call->timer);
    calls->slots[slot_of(call->question.request)] = NULL;
    calls->count--;
    calls->bytes -= call->bytes;
    call->state = CALL_ENDED;
    call->handler(call->owner, answer);
    if (!is_queued)
        free(call);
}

/* The first of the queue that has not ended; NULL. */
static struct call *front(struct calls *calls)
{
    while (!list_is_empty(&calls->queue)) {
        struct call *call = LIST_ITEM(calls->queue.first, struct call, link);

        if (call->state != CALL_ENDED)
            return call;
        (void)list_take(&calls->queue);
        free(call);
    }
    return NULL;
}

void calls_deinit(struct calls *calls)
{
    while (front(calls) != NULL)
        (void)list_take(&calls->queue);
    for (size_t i = 0; calls->slots != NULL && i < CALLS_MAX; i++)
        free(calls->slots[i]);
    free(calls->slots);
    free(calls->timers);
    *calls = (struct calls){0};
}

static uint32_t remaining_ms(const struct call *call, uint64_t now_ms)
{
    uint64_t remaining =
        call->deadline_ms > now_ms ? call->deadline_ms - now_ms : 1;

    return remaining > UINT32_MAX ? UINT32_MAX : (uint32_t)remaining;
}

/* ---- What slaves must have seen ---- */

/* Where a question says what its answer must have seen; NULL if it need not. */
static uint64_t *at_least_of(struct message *question)
{
    if (message_max_staleness_ms(question) == 0)
        return NULL;
    return question->type == MESSAGE_GET ? &question->get.at_least
                                         : &question->range.at_least;
}

static void ask_for_what_was_seen(const struct calls *calls,
                                  struct message *question)
{
    uint64_t *at_least = at_least_of(question);

    if (calls->sightings != NULL && at_least != NULL)
        *at_least = sightings_get(calls->sightings, message_user(question));
}

static const struct cursor *head_of(const struct message *answer)
{
    if (answer->type == MESSAGE_GOT)
        return &answer->got.head;
    if (answer->type == MESSAGE_RANGED)
        return &answer->ranged.head;
    return answer->type == MESSAGE_UPDATED ? &answer->updated.head : NULL;
}

static void note_seen(struct calls *calls, const struct call *call,
                      const struct message *answer)
{
    const struct cursor *head = head_of(answer);

    if (calls->sightings != NULL && head != NULL)
        sightings_put(calls->sightings, message_user(&call->question),
                      head->revision);
}

/* What was seen is gone: the master is asked for what there is now. */
static bool forgets_what_was_seen(struct calls *calls, struct call *call,
                                  enum dalv_status status)
{
    uint64_t *at_least = at_least_of(&call->question);

    if (status != DALV_REBASE || at_least == NULL || *at_least == 0)
        return false;
    *at_least = 0;
    if (call->question.type == MESSAGE_GET)
        call->question.get.max_staleness_ms = 0;
    else
        call->question.range.max_staleness_ms = 0;
    if (calls->sightings != NULL)
        sightings_drop(calls->sightings, message_user(&call->question));
    return true;
}

struct call *calls_next(struct calls *calls, uint64_t now_ms)
{
    struct call *call = front(calls);

    if (call == NULL)
        return NULL;
    if (call->question.type == MESSAGE_UPDATE)
        call->question.update.deadline_ms = remaining_ms(call, now_ms);
    ask_for_what_was_seen(calls, &call->question);
    return call;
}

void calls_sent(struct calls *calls, struct call *call)
{
    struct list_link *first = list_take(&calls->queue);

    ASSERT(first == &call->link);
    call->state = CALL_SENT;
    call->attempt_count++;
}

void calls_drop(struct calls *calls, struct call *call, enum dalv_status status)
{
    const struct call_answer answer = {.status = status,
                                       .text = "it cannot be sent"};

    finish(calls, call, &answer);
}

static enum dalv_status answer_status(const struct message *message)
{
    if (message->type == MESSAGE_REFUSED)
        return message->refused.status;
    if (message->type == MESSAGE_UPDATED)
        return message->updated.status;
    return DALV_OK;
}

/* "Not now": worth asking again while there is time. */
static bool is_passing(const struct message *message, enum dalv_status status)
{
    switch ((int)status) {
    case DALV_BUSY:
    case DALV_UNAVAILABLE:
    case DALV_TIMEOUT:
    case DALV_UNKNOWN:
        return true;
    case DALV_QUOTA: /* A rate, not an amount, if waiting helps. */
        return message->type == MESSAGE_REFUSED &&
               message->refused.retry_after_ms > 0;
    default:
        return false;
    }
}

static uint64_t rest_ms(struct calls *calls, const struct call *call,
                        const struct message *message)
{
    uint64_t longest = CALLS_REST_MIN_MS;

    if (message->type == MESSAGE_REFUSED && message->refused.retry_after_ms > 0)
        return message->refused.retry_after_ms;
    for (size_t i = 1; i < call->attempt_count && longest < CALLS_REST_MAX_MS;
         i++)
        longest *= 2;
    return longest / 2 + prng_below(&calls->prng, longest / 2 + 1);
}

static void rest(struct calls *calls, struct call *call,
                 const struct message *message, uint64_t now_ms)
{
    uint64_t due_ms = now_ms + rest_ms(calls, call, message);

    timers_stop(calls->timers, &call->timer);
    call->state = CALL_RESTING;
    if (due_ms > call->deadline_ms)
        due_ms = call->deadline_ms;
    timers_start(calls->timers, &call->timer, due_ms);
}

static void read_text(const struct message *message, char *text, size_t size)
{
    struct bytes bytes = {0};

    if (message->type == MESSAGE_REFUSED)
        bytes = message->refused.text;
    (void)snprintf(text, size, "%.*s", (int)bytes.size,
                   bytes.size == 0 ? "" : (const char *)bytes.data);
}

/* See the top of calls.h. */
static enum dalv_status final_status(const struct call *call,
                                     const struct message *message,
                                     enum dalv_status status)
{
    bool is_refusal = message->type == MESSAGE_REFUSED;

    if (call->is_write && call->is_unsure && is_refusal)
        return DALV_UNKNOWN;
    return status;
}

void calls_answer(struct calls *calls, const struct message *message,
                  uint64_t now_ms)
{
    uint32_t slot = slot_of(message->request);
    struct call *call = slot < CALLS_MAX ? calls->slots[slot] : NULL;
    enum dalv_status status = answer_status(message);
    char text[TEXT_BYTES_MAX];
    struct call_answer answer = {.message = message, .text = text};

    if (call == NULL || call->question.request != message->request ||
        call->state != CALL_SENT)
        return;
    if (status_outcome(status) == STATUS_UNSURE)
        call->is_unsure = true;
    call->last = status;
    note_seen(calls, call, message);
    if (forgets_what_was_seen(calls, call, status) ||
        is_passing(message, status)) {
        rest(calls, call, message, now_ms);
        return;
    }
    read_text(message, text, sizeof(text));
    answer.status = final_status(call, message, status);
    finish(calls, call, &answer);
}

void calls_lose(struct calls *calls)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct call *call = calls->slots[i];

        if (call == NULL || call->state != CALL_SENT)
            continue;
        call->is_unsure = true;
        call->state = CALL_QUEUED;
        list_append(&calls->queue, &call->link);
    }
}

void calls_end(struct calls *calls, enum dalv_status status, const char *text)
{
    for (size_t i = 0; i < CALLS_MAX; i++) {
        struct call *call = calls->slots[i];
        struct call_answer answer = {.status = status, .text = text};

        if (call == NULL)
            continue;
        if (call->is_write && (call->is_unsure || call->state == CALL_SENT))
            answer.status = DALV_UNKNOWN;
        finish(calls, call, &answer);
    }
}

static void expire(struct calls *calls, struct call *call)
{
    struct call_answer answer = {.status = DALV_UNAVAILABLE, .text = ""};

    if (call->state == CALL_SENT || (call->is_write && call->is_unsure)) {
        answer.status = DALV_TIMEOUT;
        answer.text = "no answer in time";
    } else if (call->last != DALV_OK) {
        answer.status = call->last;
        answer.text = "the time to try again is up";
    } else {
        answer.text = "no router could be reached in time";
    }
    finish(calls, call, &answer);
}

void calls_tick(struct calls *calls, uint64_t now_ms)
{
    struct timer *timer;

    while ((timer = timers_take(calls->timers, now_ms)) != NULL) {
        struct call *call = TIMER_ITEM(timer, struct call, timer);

        if (now_ms >= call->deadline_ms) {
            expire(calls, call);
            continue;
        }
        ASSERT(call->state == CALL_RESTING);
        call->state = CALL_QUEUED;
        list_append(&calls->queue, &call->link);
        timers_start(calls->timers, &call->timer, call->deadline_ms);
    }
    (void)front(calls);
}

uint64_t calls_next_deadline_ms(const struct calls *calls)
{
    return timers_next_ms(calls->timers);
}
