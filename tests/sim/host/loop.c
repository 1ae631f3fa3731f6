/*
 * A loop in virtual time: a turn comes soon after something has come, or at
 * the deadline, and does what net/loop.c does in one.
 */
#include "tests/sim/host/loop.h"

#include "base/assert.h"
#include "base/clock.h"
#include "net/loop_batch.h"
#include "tests/sim/host/process.h"
#include "tests/sim/world.h"

#include <stdlib.h>

enum {
    US_PER_MS = 1000,
    SOON_US = 200,
};

struct loop {
    struct process *process;
    struct loop_options options;
    struct loop_sources sources;
    struct loop_batch batch;
    uint64_t now_ms;
    uint64_t turn_us; /* When the next turn is, by the world; or UINT64_MAX. */
    bool is_stopping;
};

static void on_turn(void *owner, struct moment *moment);

/* ---- When ---- */

static void turn_at(struct loop *loop, uint64_t at_us)
{
    uint64_t now_us = loop->process->world->now_us;

    if (at_us < now_us)
        at_us = now_us;
    if (at_us >= loop->turn_us)
        return;
    loop->turn_us = at_us;
    process_put(loop->process, at_us - now_us, on_turn, loop->process);
}

void loop_wake(struct loop *loop)
{
    struct world *world = loop->process->world;

    turn_at(loop, world->now_us + prng_below(&world->prng, SOON_US));
}

static void turn_at_deadline(struct loop *loop)
{
    const struct loop_handlers *handlers = &loop->options.handlers;
    uint64_t due_ms = handlers->next_deadline_ms(handlers->owner);

    if (due_ms <= loop->now_ms)
        due_ms = loop->now_ms + 1;
    if (due_ms != LOOP_NO_DEADLINE)
        turn_at(loop, process_world_us(loop->process, due_ms * US_PER_MS));
}

/* ---- A turn ---- */

static void act(const struct loop *loop, struct loop_event *event)
{
    const struct loop_handlers *handlers = &loop->options.handlers;

    switch (event->type) {
    case LOOP_PARCEL:
        handlers->on_parcel(handlers->owner, event->endpoint, &event->parcel);
        parcel_destroy(&event->parcel);
        return;
    case LOOP_CONNECTED:
    case LOOP_DISCONNECTED:
        handlers->on_connection(handlers->owner, event->endpoint,
                                event->type == LOOP_CONNECTED);
        return;
    case LOOP_JOB_DONE:
        handlers->on_job_done(handlers->owner, event->worker, event->job);
        return;
    case LOOP_FORGOTTEN:
    case LOOP_REFUSED:
    case LOOP_READABLE:
    case LOOP_SIGNALLED:
        return;
    }
}

static bool act_on_deadline(const struct loop *loop)
{
    const struct loop_handlers *handlers = &loop->options.handlers;

    if (handlers->next_deadline_ms(handlers->owner) > loop->now_ms)
        return false;
    handlers->on_deadline(handlers->owner, loop->now_ms);
    return true;
}

static void take_turn(struct loop *loop)
{
    const struct loop_handlers *handlers = &loop->options.handlers;
    bool has_happened;

    loop->now_ms = clock_boot_ms();
    loop_batch_collect(&loop->batch, &loop->sources);
    loop->sources.first++;
    has_happened = loop->batch.count > 0;
    for (size_t i = 0; i < loop->batch.count; i++)
        act(loop, &loop->batch.events[i]);
    if (loop->batch.count >= LOOP_SOURCE_EVENTS_MAX)
        loop_wake(loop); /* There may be more. */
    loop_batch_clear(&loop->batch);
    has_happened = act_on_deadline(loop) || has_happened;
    if (has_happened)
        handlers->on_batch_end(handlers->owner, loop->now_ms);
    turn_at_deadline(loop);
}

/* Of several that were asked for the first one counts. */
static void on_turn(void *owner, struct moment *moment)
{
    struct process *process = owner;
    struct loop *loop = process->loop;

    if (!process_is_due(process, moment) || loop == NULL ||
        loop->turn_us > process->world->now_us)
        return;
    loop->turn_us = UINT64_MAX;
    process_enter(process);
    take_turn(loop);
    process_leave();
    if (loop->is_stopping)
        process->observer.on_stopped(process->observer.owner);
}

/* ---- Sources ---- */

void loop_add_endpoint(struct loop *loop, struct endpoint *endpoint)
{
    loop_sources_add(&loop->sources, (struct loop_source){
                                         .type = LOOP_ENDPOINT,
                                         .endpoint = endpoint,
                                     });
}

void loop_remove_endpoint(struct loop *loop, struct endpoint *endpoint)
{
    loop_batch_forget(&loop->batch, endpoint);
    loop_sources_remove(&loop->sources, (struct loop_source){
                                            .type = LOOP_ENDPOINT,
                                            .endpoint = endpoint,
                                        });
}

void loop_add_worker(struct loop *loop, struct worker *worker)
{
    loop_sources_add(&loop->sources, (struct loop_source){
                                         .type = LOOP_WORKER,
                                         .worker = worker,
                                     });
}

void loop_remove_worker(struct loop *loop, struct worker *worker)
{
    loop_sources_remove(&loop->sources, (struct loop_source){
                                            .type = LOOP_WORKER,
                                            .worker = worker,
                                        });
}

static void set_paused(struct loop *loop, const struct endpoint *endpoint,
                       bool is_paused)
{
    for (size_t i = 0; i < loop->sources.count; i++) {
        struct loop_source *source = &loop->sources.items[i];

        if (source->type == LOOP_ENDPOINT && source->endpoint == endpoint)
            source->is_paused = is_paused;
    }
}

void loop_pause(struct loop *loop, struct endpoint *endpoint)
{
    set_paused(loop, endpoint, true);
}

void loop_resume(struct loop *loop, struct endpoint *endpoint)
{
    set_paused(loop, endpoint, false);
    loop_wake(loop);
}

/* ---- Life ---- */

struct loop *loop_create(const struct loop_options *options)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    ASSERT(loop != NULL);
    loop->process = process_current();
    loop->options = *options;
    loop->now_ms = clock_boot_ms();
    loop->turn_us = UINT64_MAX;
    loop->process->loop = loop;
    loop_wake(loop);
    return loop;
}

void loop_destroy(struct loop **loop_p)
{
    struct loop *loop = *loop_p;

    *loop_p = NULL;
    if (loop == NULL)
        return;
    loop->process->loop = NULL;
    loop_batch_clear(&loop->batch);
    free(loop);
}

void loop_stop(struct loop *loop)
{
    loop->is_stopping = true;
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}
