#include "router/pending.h"

#include "base/assert.h"

#include <string.h>

void pending_init(struct pending *pending, struct allocator *allocator,
                  struct map_slot *slots, size_t slot_count,
                  struct pending_limits limits)
{
    pending->allocator = allocator;
    pending->question_max = limits.question_max;
    pending->frame_bytes_max = limits.frame_bytes_max;
    pending->frame_bytes = 0;
    pending->held_first = NULL;
    pending->held_last = NULL;
    pending->forgotten = NULL;
    pending->held_count = 0;
    pending->number_last = 0;
    map_init(&pending->questions, slots, slot_count);
    timers_init(&pending->timers, 0);
}

static void give(struct pending *pending, struct question *question)
{
    allocator_give(pending->allocator, question,
                   sizeof(*question) + question->size);
}

void pending_bury(struct pending *pending)
{
    struct question *question;

    while ((question = pending->forgotten) != NULL) {
        pending->forgotten = question->next_held;
        give(pending, question);
    }
}

void pending_deinit(struct pending *pending)
{
    size_t cursor = 0;
    struct question *question;

    pending_bury(pending);
    while ((question = map_next(&pending->questions, &cursor)) != NULL)
        give(pending, question);
    while ((question = pending->held_first) != NULL) {
        pending->held_first = question->next_held;
        give(pending, question);
    }
}

/* Numbers come round after 2^32; 0 is never one. */
static uint32_t new_number(struct pending *pending)
{
    do
        pending->number_last++;
    while (pending->number_last == 0 ||
           map_get(&pending->questions, pending->number_last) != NULL);
    return pending->number_last;
}

static void ask(struct pending *pending, struct question *question)
{
    question->number = new_number(pending);
    map_put(&pending->questions, question->number, question);
    timers_start(&pending->timers, &question->timer, question->due_ms);
}

size_t pending_count(const struct pending *pending)
{
    return pending->questions.count + pending->held_count;
}

static void keep(uint8_t *place, struct bytes bytes)
{
    if (bytes.size > 0)
        memcpy(place, bytes.data, bytes.size);
}

/* With room for a frame, if there is any, and behind it for the user. */
static struct question *put(struct pending *pending, uint64_t due_ms,
                            size_t frame_size, size_t user_size)
{
    bool is_kept =
        frame_size <= pending->frame_bytes_max - pending->frame_bytes;
    struct question *question;

    if (pending_count(pending) >= pending->question_max)
        return NULL;
    if (!is_kept)
        frame_size = 0;
    question = allocator_take(pending->allocator,
                              sizeof(*question) + frame_size + user_size);
    if (question == NULL)
        return NULL;
    *question = (struct question){.is_repeatable = is_kept,
                                  .due_ms = due_ms,
                                  .frame_size = frame_size,
                                  .size = frame_size + user_size};
    question->user = bytes_make(question->bytes + frame_size, user_size);
    pending->frame_bytes += frame_size;
    ask(pending, question);
    return question;
}

struct question *pending_put(struct pending *pending, uint64_t due_ms,
                             struct bytes frame, struct bytes user)
{
    struct question *question = put(pending, due_ms, frame.size, user.size);

    if (question == NULL)
        return NULL;
    keep(question->bytes, bytes_make(frame.data, question->frame_size));
    keep(question->bytes + question->frame_size, user);
    return question;
}

struct question *pending_put_empty(struct pending *pending, uint64_t due_ms,
                                   size_t frame_size)
{
    return put(pending, due_ms, frame_size, 0);
}

struct question *pending_get(const struct pending *pending, uint32_t number)
{
    return map_get(&pending->questions, number);
}

uint64_t pending_end_ms(const struct question *question)
{
    if (question->is_held && question->hold_until_ms < question->due_ms)
        return question->hold_until_ms;
    return question->due_ms;
}

void pending_hold(struct pending *pending, struct question *question,
                  uint64_t until_ms)
{
    ASSERT(!question->is_held);
    (void)map_remove(&pending->questions, question->number);
    question->number = 0;
    question->is_held = true;
    question->hold_until_ms = until_ms;
    question->next_held = NULL;
    question->previous_held = pending->held_last;
    if (pending->held_last != NULL)
        pending->held_last->next_held = question;
    else
        pending->held_first = question;
    pending->held_last = question;
    pending->held_count++;
    pending_wake(pending, question, UINT64_MAX);
}

static void unlink_held(struct pending *pending, struct question *question)
{
    if (question->previous_held != NULL)
        question->previous_held->next_held = question->next_held;
    else
        pending->held_first = question->next_held;
    if (question->next_held != NULL)
        question->next_held->previous_held = question->previous_held;
    else
        pending->held_last = question->previous_held;
    pending->held_count--;
    question->is_held = false;
}

void pending_release(struct pending *pending, struct question *question)
{
    ASSERT(question->is_held);
    unlink_held(pending, question);
    timers_stop(&pending->timers, &question->timer);
    ask(pending, question);
}

void pending_wake(struct pending *pending, struct question *question,
                  uint64_t at_ms)
{
    uint64_t end_ms = pending_end_ms(question);

    timers_stop(&pending->timers, &question->timer);
    timers_start(&pending->timers, &question->timer,
                 at_ms < end_ms ? at_ms : end_ms);
}

struct question *pending_take_late(struct pending *pending, uint64_t now_ms)
{
    return TIMER_ITEM(timers_take(&pending->timers, now_ms), struct question,
                      timer);
}

void pending_forget(struct pending *pending, struct question **question_p)
{
    struct question *question = *question_p;

    *question_p = NULL;
    if (question == NULL)
        return;
    timers_stop(&pending->timers, &question->timer);
    if (question->is_held)
        unlink_held(pending, question);
    else
        (void)map_remove(&pending->questions, question->number);
    pending->frame_bytes -= question->frame_size;
    question->next_held = pending->forgotten;
    pending->forgotten = question;
}

uint64_t pending_next_ms(const struct pending *pending)
{
    return timers_next_ms(&pending->timers);
}

struct bytes question_frame(const struct question *question)
{
    return bytes_make(question->bytes, question->frame_size);
}
