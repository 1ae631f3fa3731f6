#include "router/pending.h"

void pending_init(struct pending *pending, struct allocator *allocator,
                  struct map_slot *slots, size_t slot_count,
                  uint32_t question_max)
{
    pending->allocator = allocator;
    pending->question_max = question_max;
    pending->number_last = 0;
    map_init(&pending->questions, slots, slot_count);
    timers_init(&pending->timers, 0);
}

void pending_deinit(struct pending *pending)
{
    size_t cursor = 0;
    void *question;

    while ((question = map_next(&pending->questions, &cursor)) != NULL)
        allocator_give(pending->allocator, question, sizeof(struct question));
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

struct question *pending_put(struct pending *pending, uint64_t due_ms)
{
    struct question *question;

    if (pending->questions.count >= pending->question_max)
        return NULL;
    question = allocator_take_zeroed(pending->allocator, sizeof(*question));
    if (question == NULL)
        return NULL;
    question->number = new_number(pending);
    map_put(&pending->questions, question->number, question);
    timers_start(&pending->timers, &question->timer, due_ms);
    return question;
}

struct question *pending_get(const struct pending *pending, uint32_t number)
{
    return map_get(&pending->questions, number);
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
    (void)map_remove(&pending->questions, question->number);
    allocator_give(pending->allocator, question, sizeof(*question));
}

uint64_t pending_next_ms(const struct pending *pending)
{
    return timers_next_ms(&pending->timers);
}
