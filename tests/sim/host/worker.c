/*
 * Threads in virtual time: each carries out some of the jobs that wait, after
 * some time, and what it has done is told later still.
 *
 *     waiting --> running --(after a while)--> done --(told)--> collected
 */
#include "tests/sim/host/worker.h"

#include "base/assert.h"
#include "tests/sim/host/loop.h"
#include "tests/sim/host/process.h"
#include "tests/sim/world.h"

#include <stdlib.h>
#include <string.h>

enum {
    JOB_US = 50,
    JOB_MORE_US = 400,
    SYNC_US = 300, /* Of the log. */
    SYNC_MORE_US = 3000,
    SLOW_US = 2000000, /* The same, of a slow disk. */
    TOLD_MORE_US = 300,
};

struct worker {
    struct worker *next; /* Of the same process. */
    struct process *process;
    struct worker_options options;
    void **jobs;          /* In their order: */
    size_t done_count;    /* carried out, but not told; */
    size_t told_count;    /* of those, can be collected; */
    size_t running_count; /* being carried out, behind them; */
    size_t count;         /* all. */
    size_t capacity;
    uint64_t linger_us;
};

static struct worker *lingering;

static void on_carried_out(void *owner, struct moment *moment);
static void on_told(void *owner, struct moment *moment);

void worker_linger(uint64_t us)
{
    ASSERT(lingering != NULL);
    lingering->linger_us = us;
}

/* ---- Carrying out ---- */

static uint64_t duration_us(const struct worker *worker)
{
    const struct process *process = worker->process;
    struct prng *prng = &process->world->prng;

    if (strcmp(worker->options.name, "log") != 0)
        return JOB_US + prng_below(prng, JOB_MORE_US);
    if (process->world->now_us < process->slow_until_us)
        return SYNC_US + prng_below(prng, SLOW_US);
    return SYNC_US + prng_below(prng, SYNC_MORE_US);
}

static void start(struct worker *worker)
{
    size_t waiting = worker->count - worker->done_count;

    if (worker->running_count > 0 || waiting == 0)
        return;
    if (waiting > worker->options.batch_max)
        waiting = worker->options.batch_max;
    worker->running_count =
        1 + (size_t)prng_below(&worker->process->world->prng, waiting);
    process_put(worker->process, duration_us(worker), on_carried_out, worker);
}

static void carry_out(struct worker *worker)
{
    const struct process_observer *observer = &worker->process->observer;
    void **jobs = worker->jobs + worker->done_count;
    size_t count = worker->running_count;

    worker->linger_us = 0;
    lingering = worker;
    worker->options.run(worker->options.owner, jobs, count);
    lingering = NULL;
    for (size_t i = 0; observer->on_carried_out != NULL && i < count; i++)
        observer->on_carried_out(observer->owner, worker->options.name,
                                 jobs[i]);
    worker->done_count += count;
    worker->running_count = 0;
}

/* Between the disk's word and the loop's hearing of it anything may happen. */
static void on_carried_out(void *owner, struct moment *moment)
{
    struct worker *worker = owner;
    struct process *process = worker->process;

    if (!process_is_due(process, moment))
        return;
    process_enter(process);
    carry_out(worker);
    process_leave();
    process_put(process,
                worker->linger_us +
                    prng_below(&process->world->prng, TOLD_MORE_US),
                on_told, worker);
    start(worker);
}

static void on_told(void *owner, struct moment *moment)
{
    struct worker *worker = owner;

    if (!process_is_due(worker->process, moment))
        return;
    worker->told_count = worker->done_count;
    if (worker->process->loop != NULL)
        loop_wake(worker->process->loop);
}

/* ---- The owner's side ---- */

enum dalv_status worker_submit(struct worker *worker, void **job_p)
{
    const struct process_observer *observer = &worker->process->observer;

    if (worker->count == worker->options.jobs_max)
        return DALV_BUSY;
    if (worker->count == worker->capacity) {
        worker->capacity = 2 * worker->capacity + 16;
        worker->jobs =
            realloc(worker->jobs, worker->capacity * sizeof(*worker->jobs));
        ASSERT(worker->jobs != NULL);
    }
    if (observer->on_ordered != NULL)
        observer->on_ordered(observer->owner, worker->options.name, *job_p);
    worker->jobs[worker->count++] = *job_p;
    *job_p = NULL;
    start(worker);
    return DALV_OK;
}

size_t worker_collect(struct worker *worker, void **out_jobs, size_t max)
{
    size_t count = worker->told_count < max ? worker->told_count : max;

    if (count == 0)
        return 0;
    memcpy(out_jobs, worker->jobs, count * sizeof(*out_jobs));
    worker->count -= count;
    worker->done_count -= count;
    worker->told_count -= count;
    memmove(worker->jobs, worker->jobs + count,
            worker->count * sizeof(*worker->jobs));
    return count;
}

size_t worker_pending(const struct worker *worker)
{
    return worker->count;
}

/* ---- Life ---- */

enum dalv_status worker_create(const struct worker_options *options,
                               struct worker **out_worker)
{
    struct process *process = process_current();
    struct worker *worker = calloc(1, sizeof(*worker));

    ASSERT(worker != NULL && options->start == NULL && options->stop == NULL);
    worker->process = process;
    worker->options = *options;
    worker->next = process->threads;
    process->threads = worker;
    *out_worker = worker;
    return DALV_OK;
}

/* What a killed process has under way nobody ends. */
static void lose(struct worker *worker)
{
    const struct process_observer *observer = &worker->process->observer;

    for (size_t i = 0; i < worker->count; i++) {
        if (observer->on_lost != NULL)
            observer->on_lost(observer->owner, worker->options.name,
                              worker->jobs[i]);
    }
}

/* A thread ends in an order of its own: all at once, here. */
void worker_stop(struct worker *worker)
{
    if (worker->process->is_dying)
        lose(worker);
    while (!worker->process->is_dying && worker->done_count < worker->count) {
        worker->running_count = worker->count - worker->done_count;
        if (worker->running_count > worker->options.batch_max)
            worker->running_count = worker->options.batch_max;
        carry_out(worker);
    }
    worker->done_count = worker->count;
    worker->told_count = worker->count;
}

void worker_destroy(struct worker **worker_p)
{
    struct worker *worker = *worker_p;

    *worker_p = NULL;
    ASSERT(worker->count == 0);
    free(worker->jobs);
    worker->jobs = NULL;
    worker->capacity = 0;
}

void threads_destroy(struct worker **first_p)
{
    while (*first_p != NULL) {
        struct worker *worker = *first_p;

        *first_p = worker->next;
        free(worker->jobs);
        free(worker);
    }
}
