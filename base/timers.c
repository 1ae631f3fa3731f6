#include "base/timers.h"

#include "base/assert.h"

static struct timer *slot_of(struct timers *timers, uint64_t tick)
{
    return &timers->slots[tick % TIMERS_SLOTS];
}

/* The first tick that begins at or behind the time. */
static uint64_t tick_of(uint64_t due_ms)
{
    return due_ms / TIMERS_TICK_MS + (due_ms % TIMERS_TICK_MS != 0);
}

void timers_init(struct timers *timers, uint64_t now_ms)
{
    for (size_t i = 0; i < TIMERS_SLOTS; i++) {
        struct timer *head = &timers->slots[i];

        *head = (struct timer){.next = head, .previous = head};
    }
    timers->tick = now_ms / TIMERS_TICK_MS;
    timers->next_tick = timers->tick;
    timers->count = 0;
}

void timers_start(struct timers *timers, struct timer *timer, uint64_t due_ms)
{
    uint64_t tick = tick_of(due_ms);
    struct timer *head;

    ASSERT(!timer->is_started);
    if (tick < timers->tick)
        tick = timers->tick;
    if (timers->count == 0 || tick < timers->next_tick)
        timers->next_tick = tick;
    head = slot_of(timers, tick);
    *timer = (struct timer){.next = head,
                            .previous = head->previous,
                            .due_ms = due_ms,
                            .is_started = true};
    head->previous->next = timer;
    head->previous = timer;
    timers->count++;
}

void timers_stop(struct timers *timers, struct timer *timer)
{
    if (!timer->is_started)
        return;
    timer->previous->next = timer->next;
    timer->next->previous = timer->previous;
    timer->is_started = false;
    timers->count--;
}

uint64_t timers_next_ms(const struct timers *timers)
{
    return timers->count == 0 ? UINT64_MAX : timers->next_tick * TIMERS_TICK_MS;
}

/* One of the slot whose time has come; others are for a later round. */
static struct timer *due_in(struct timer *head, uint64_t tick)
{
    for (struct timer *timer = head->next; timer != head; timer = timer->next) {
        if (tick_of(timer->due_ms) <= tick)
            return timer;
    }
    return NULL;
}

struct timer *timers_take(struct timers *timers, uint64_t now_ms)
{
    uint64_t now_tick = now_ms / TIMERS_TICK_MS;

    if (timers->count == 0) {
        timers->tick = now_tick > timers->tick ? now_tick : timers->tick;
        return NULL;
    }
    if (timers->tick < timers->next_tick)
        timers->tick =
            timers->next_tick <= now_tick ? timers->next_tick : now_tick;
    while (timers->tick <= now_tick) {
        struct timer *timer =
            due_in(slot_of(timers, timers->tick), timers->tick);

        if (timer != NULL) {
            timers->next_tick = timers->tick;
            timers_stop(timers, timer);
            return timer;
        }
        timers->tick++;
    }
    timers->tick = now_tick;
    timers->next_tick = now_tick + 1;
    return NULL;
}

void *timer_item(struct timer *timer, size_t offset)
{
    return timer == NULL ? NULL : (char *)timer - offset;
}
