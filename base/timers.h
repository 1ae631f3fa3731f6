/*
 * What is due when: a hashed timing wheel (Varghese and Lauck, 1987, scheme 6)
 * of items that carry their own timer.
 *
 * Starting and stopping take constant time; it owns nothing and cannot be
 * full. A timer fires up to TIMERS_TICK_MS after its time, never before.
 */
#ifndef DALV_BASE_TIMERS_H
#define DALV_BASE_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TIMERS_TICK_MS = 16,
    TIMERS_SLOTS = 4096, /* Within 65 s a slot is met once. */
};

struct timer {
    struct timer *next;
    struct timer *previous;
    uint64_t due_ms;
    bool is_started;
};

struct timers {
    struct timer slots[TIMERS_SLOTS]; /* Heads of rings. */
    uint64_t tick;                    /* All before it are done. */
    uint64_t next_tick;               /* No timer is due before it. */
    size_t count;
};

/* Needs TIMERS_SLOTS * sizeof(struct timer): keep it in a larger struct. */
void timers_init(struct timers *timers, uint64_t now_ms);

/* Start a timer that is not started; a time that is past is due at once. */
void timers_start(struct timers *timers, struct timer *timer, uint64_t due_ms);

/* A timer that is not started is fine. */
void timers_stop(struct timers *timers, struct timer *timer);

/* When to ask again, not after the earliest timer; UINT64_MAX for never. */
uint64_t timers_next_ms(const struct timers *timers);

/* Stops and gives one that is due; NULL if none is. */
struct timer *timers_take(struct timers *timers, uint64_t now_ms);

/* The item that holds `timer` as its member `member`; NULL for NULL. */
#define TIMER_ITEM(timer, type, member)                                        \
    ((type *)timer_item((timer), offsetof(type, member)))
void *timer_item(struct timer *timer, size_t offset);

#endif
