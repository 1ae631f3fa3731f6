#include "net/loop.h"

#include "base/assert.h"
#include "base/clock.h"
#include "net/loop_batch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    /* Between two tries to send what waits: soon, then less and less often,
       as long as nobody takes anything. */
    FLUSH_WAIT_MIN_MS = 1,
    FLUSH_WAIT_MAX_MS = 16,
    WAIT_MAX_MS = 60000,
    NO_DESCRIPTOR = -1,
};

struct loop {
    struct loop_options options;
    struct loop_sources sources;
    struct loop_batch batch;
    struct loop_counters counters;
    uint64_t now_ms;
    uint64_t flush_wait_ms; /* 0: nothing waits. */
    size_t waiting_bytes;   /* Before the last flush. */
    int signals;            /* A signalfd, or NO_DESCRIPTOR. */
    bool is_stopping;
    struct pollfd items[2 * LOOP_SOURCES_MAX];
    size_t item_sources[2 * LOOP_SOURCES_MAX]; /* Whose each of them is. */
    size_t item_count;
};

static uint64_t system_now_ms(void *nothing)
{
    (void)nothing;
    return clock_boot_ms();
}

struct loop *loop_create(const struct loop_options *options)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    ASSERT(loop != NULL);
    loop->options = *options;
    if (loop->options.now_ms == NULL)
        loop->options.now_ms = system_now_ms;
    loop->signals = NO_DESCRIPTOR;
    loop->now_ms = loop->options.now_ms(loop->options.clock);
    return loop;
}

void loop_destroy(struct loop **loop_p)
{
    struct loop *loop = *loop_p;

    if (loop == NULL)
        return;
    loop_batch_clear(&loop->batch);
    if (loop->signals != NO_DESCRIPTOR)
        (void)close(loop->signals);
    free(loop);
    *loop_p = NULL;
}

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

void loop_add_descriptor(struct loop *loop, int descriptor)
{
    loop_sources_add(&loop->sources, (struct loop_source){
                                         .type = LOOP_DESCRIPTOR,
                                         .descriptor = descriptor,
                                     });
}

void loop_remove_descriptor(struct loop *loop, int descriptor)
{
    loop_sources_remove(&loop->sources, (struct loop_source){
                                            .type = LOOP_DESCRIPTOR,
                                            .descriptor = descriptor,
                                        });
}

void loop_add_signals(struct loop *loop, const int *signals, size_t count)
{
    sigset_t set;

    ASSERT(loop->signals == NO_DESCRIPTOR);
    ASSERT(sigemptyset(&set) == 0);
    for (size_t i = 0; i < count; i++)
        ASSERT(sigaddset(&set, signals[i]) == 0);
    ASSERT(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
    loop->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    ASSERT(loop->signals >= 0);
    loop_add_descriptor(loop, loop->signals);
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
}

/* One signal at a time: what else is pending keeps the descriptor readable. */
static void collect_signal(struct loop *loop)
{
    struct signalfd_siginfo info;

    if (read(loop->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        loop_batch_add(&loop->batch, (struct loop_event){
                                         .type = LOOP_SIGNALLED,
                                         .number = (int)info.ssi_signo,
                                     });
}

static void collect_descriptor(struct loop *loop, int descriptor)
{
    if (loop_batch_room(&loop->batch) == 0)
        return;
    if (descriptor == loop->signals)
        collect_signal(loop);
    else
        loop_batch_add(&loop->batch, (struct loop_event){
                                         .type = LOOP_READABLE,
                                         .number = descriptor,
                                     });
}

static void add_item(struct loop *loop, size_t source, int descriptor)
{
    if (descriptor == NO_DESCRIPTOR)
        return;
    loop->item_sources[loop->item_count] = source;
    loop->items[loop->item_count++] =
        (struct pollfd){.fd = descriptor, .events = POLLIN};
}

static void add_endpoint(struct loop *loop, size_t index)
{
    const struct endpoint *endpoint = loop->sources.items[index].endpoint;

    if (loop->sources.items[index].is_paused)
        return;
    add_item(loop, index, endpoint_descriptor(endpoint));
    add_item(loop, index, endpoint_monitor_descriptor(endpoint));
}

static void add_items(struct loop *loop)
{
    loop->item_count = 0;
    for (size_t i = 0; i < loop->sources.count; i++) {
        const struct loop_source *source = &loop->sources.items[i];

        switch (source->type) {
        case LOOP_ENDPOINT:
            add_endpoint(loop, i);
            break;
        case LOOP_WORKER:
            add_item(loop, i, worker_descriptor(source->worker));
            break;
        case LOOP_DESCRIPTOR:
            add_item(loop, i, source->descriptor);
            break;
        }
    }
}

/* The descriptor of one that is not drained tells nothing: it must be asked. */
static bool are_endpoints_drained(const struct loop *loop)
{
    for (size_t i = 0; i < loop->sources.count; i++) {
        const struct loop_source *source = &loop->sources.items[i];

        if (source->type == LOOP_ENDPOINT && !source->is_paused &&
            !endpoint_is_drained(source->endpoint))
            return false;
    }
    return true;
}

/* False if one of the workers has something already. */
static bool arm_workers(struct loop *loop)
{
    bool is_empty = true;

    for (size_t i = 0; i < loop->sources.count; i++) {
        if (loop->sources.items[i].type == LOOP_WORKER)
            is_empty = worker_arm(loop->sources.items[i].worker) && is_empty;
    }
    return is_empty;
}

static void disarm_workers(struct loop *loop)
{
    for (size_t i = 0; i < loop->sources.count; i++) {
        if (loop->sources.items[i].type == LOOP_WORKER)
            worker_disarm(loop->sources.items[i].worker);
    }
}

/* How long to wait at most, given the deadline as the owner sees it. */
static long wait_ms(struct loop *loop, uint64_t wait_max_ms)
{
    const struct loop_handlers *handlers = &loop->options.handlers;
    uint64_t wait = wait_max_ms;
    uint64_t deadline_ms = LOOP_NO_DEADLINE;

    if (wait > WAIT_MAX_MS)
        wait = WAIT_MAX_MS;
    if (handlers->next_deadline_ms != NULL)
        deadline_ms = handlers->next_deadline_ms(handlers->owner);
    if (deadline_ms <= loop->now_ms)
        return 0;
    if (deadline_ms - loop->now_ms < wait)
        wait = deadline_ms - loop->now_ms;
    if (loop->flush_wait_ms > 0 && loop->flush_wait_ms < wait)
        wait = loop->flush_wait_ms;
    return (long)wait;
}

/* Of these no descriptor tells; to ask a worker costs no system call. */
static void wake_untold_ones(struct loop *loop)
{
    for (size_t i = 0; i < loop->sources.count; i++) {
        struct loop_source *source = &loop->sources.items[i];

        source->is_quiet = source->type == LOOP_DESCRIPTOR ||
                           (source->type == LOOP_ENDPOINT &&
                            endpoint_is_drained(source->endpoint));
    }
}

/* Only these: to ask a socket of ZeroMQ in vain costs two system calls. */
static void wake_told_ones(struct loop *loop)
{
    for (size_t i = 0; i < loop->sources.count; i++)
        loop->sources.items[i].is_quiet = true;
    for (size_t i = 0; i < loop->item_count; i++) {
        if (loop->items[i].revents != 0)
            loop->sources.items[loop->item_sources[i]].is_quiet = false;
    }
}

/*
 * Not zmq_poll, which asks each socket again, before and after: what is drained
 * tells by its descriptor that something has come. A worker is armed only if
 * there is nothing else to do, so that a busy loop need not be woken.
 */
static void wait_for_sources(struct loop *loop, uint64_t wait_max_ms)
{
    long timeout_ms = wait_ms(loop, wait_max_ms);
    bool is_idle = loop->batch.count == 0 && are_endpoints_drained(loop) &&
                   arm_workers(loop);
    int ready;

    add_items(loop);
    loop->counters.waits++;
    ready = poll(loop->items, (nfds_t)loop->item_count,
                 is_idle ? (int)timeout_ms : 0);
    /* A socket of ours can not vanish: only a signal ends the wait early. */
    ASSERT(ready >= 0 || errno == EINTR);
    wake_told_ones(loop);
    disarm_workers(loop);
    loop->now_ms = loop->options.now_ms(loop->options.clock);
}

static void collect_descriptors(struct loop *loop)
{
    for (size_t i = 0; i < loop->sources.count; i++) {
        const struct loop_source *source = &loop->sources.items[i];

        if (source->type == LOOP_DESCRIPTOR && !source->is_quiet)
            collect_descriptor(loop, source->descriptor);
    }
}

static void collect(struct loop *loop, uint64_t wait_max_ms)
{
    wake_untold_ones(loop);
    loop_batch_collect(&loop->batch, &loop->sources);
    wait_for_sources(loop, wait_max_ms);
    loop_batch_collect(&loop->batch, &loop->sources);
    collect_descriptors(loop);
    loop->sources.first++;
}

static void act_on_parcel(const struct loop_handlers *handlers,
                          struct loop_event *event)
{
    if (handlers->on_parcel != NULL)
        handlers->on_parcel(handlers->owner, event->endpoint, &event->parcel);
    parcel_destroy(&event->parcel);
}

static void act(struct loop *loop, struct loop_event *event)
{
    const struct loop_handlers *handlers = &loop->options.handlers;
    void *owner = handlers->owner;

    switch (event->type) {
    case LOOP_FORGOTTEN:
        return;
    case LOOP_PARCEL:
        act_on_parcel(handlers, event);
        return;
    case LOOP_CONNECTED:
    case LOOP_DISCONNECTED:
        if (handlers->on_connection != NULL)
            handlers->on_connection(owner, event->endpoint,
                                    event->type == LOOP_CONNECTED);
        return;
    case LOOP_REFUSED:
        if (handlers->on_refused != NULL)
            handlers->on_refused(owner, event->endpoint);
        return;
    case LOOP_JOB_DONE:
        if (handlers->on_job_done != NULL)
            handlers->on_job_done(owner, event->worker, event->job);
        return;
    case LOOP_READABLE:
        if (handlers->on_readable != NULL)
            handlers->on_readable(owner, event->number);
        return;
    case LOOP_SIGNALLED:
        if (handlers->on_signal != NULL)
            handlers->on_signal(owner, event->number);
        return;
    }
}

static void act_on_batch(struct loop *loop)
{
    struct loop_batch *batch = &loop->batch;

    for (size_t i = 0; i < batch->count; i++)
        act(loop, &batch->events[i]);
    loop->counters.events += batch->count;
    if (batch->count > loop->counters.batch_max)
        loop->counters.batch_max = batch->count;
    loop_batch_clear(batch);
}

static bool act_on_deadline(struct loop *loop)
{
    const struct loop_handlers *handlers = &loop->options.handlers;

    if (handlers->next_deadline_ms == NULL || handlers->on_deadline == NULL ||
        handlers->next_deadline_ms(handlers->owner) > loop->now_ms)
        return false;
    handlers->on_deadline(handlers->owner, loop->now_ms);
    return true;
}

static void flush(struct loop *loop)
{
    size_t waiting_bytes = 0;
    bool is_waiting = false;

    for (size_t i = 0; i < loop->sources.count; i++) {
        struct endpoint *endpoint = loop->sources.items[i].endpoint;

        if (loop->sources.items[i].type != LOOP_ENDPOINT)
            continue;
        is_waiting = endpoint_flush(endpoint) || is_waiting;
        waiting_bytes += endpoint_waiting_bytes(endpoint);
    }
    if (!is_waiting)
        loop->flush_wait_ms = 0;
    else if (waiting_bytes != loop->waiting_bytes || loop->flush_wait_ms == 0)
        loop->flush_wait_ms = FLUSH_WAIT_MIN_MS;
    else if (loop->flush_wait_ms < FLUSH_WAIT_MAX_MS)
        loop->flush_wait_ms *= 2;
    loop->waiting_bytes = waiting_bytes;
}

void loop_run_once(struct loop *loop, uint64_t wait_max_ms)
{
    const struct loop_handlers *handlers = &loop->options.handlers;
    bool has_happened;

    loop->now_ms = loop->options.now_ms(loop->options.clock);
    collect(loop, wait_max_ms);
    has_happened = loop->batch.count > 0;
    act_on_batch(loop);
    has_happened = act_on_deadline(loop) || has_happened;
    if (has_happened && handlers->on_batch_end != NULL)
        handlers->on_batch_end(handlers->owner, loop->now_ms);
    flush(loop);
    loop->counters.turns++;
}

void loop_run(struct loop *loop)
{
    loop->is_stopping = false;
    while (!loop->is_stopping)
        loop_run_once(loop, WAIT_MAX_MS);
}

void loop_stop(struct loop *loop)
{
    loop->is_stopping = true;
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return loop->now_ms;
}

struct loop_counters loop_counters(const struct loop *loop)
{
    return loop->counters;
}
