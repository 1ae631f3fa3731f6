#include "net/worker.h"

#include "base/assert.h"
#include "net/mailbox.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    THREAD_NAME_BYTES = 16,
};

struct worker {
    struct worker_options options;
    pthread_t thread;
    bool is_running; /* The thread is there; the owner's to know. */
    size_t pending;  /* The owner's. */
    atomic_bool is_stopping;
    struct mailbox jobs;
    struct mailbox done;
    /* How `start` ended, told once. */
    struct mailbox started;
    enum dalv_status start_status;
    void **batch; /* The thread's: room for batch_max. */
};

static void tell_started(struct worker *worker)
{
    void *self = worker;

    if (worker->options.start != NULL)
        worker->start_status = worker->options.start(worker->options.owner);
    ASSERT(mailbox_put(&worker->started, &self, 1));
}

static void run_all(struct worker *worker)
{
    size_t count;

    do {
        count = mailbox_take(&worker->jobs, worker->batch,
                             worker->options.batch_max);
        if (count == 0)
            break;
        worker->options.run(worker->options.owner, worker->batch, count);
        /* There is room: no more jobs are under way than fit. */
        ASSERT(mailbox_put(&worker->done, worker->batch, count));
    } while (true);
}

static void *thread_main(void *argument)
{
    struct worker *worker = argument;

    tell_started(worker);
    if (worker->start_status != DALV_OK)
        return NULL;
    while (!atomic_load(&worker->is_stopping)) {
        run_all(worker);
        mailbox_wait(&worker->jobs);
    }
    run_all(worker);
    if (worker->options.stop != NULL)
        worker->options.stop(worker->options.owner);
    return NULL;
}

/* Signals belong to the loop's descriptor: no other thread may get one. */
static void start_thread(struct worker *worker)
{
    char name[THREAD_NAME_BYTES] = {0};
    sigset_t all;
    sigset_t before;

    memcpy(name, worker->options.name,
           strnlen(worker->options.name, sizeof(name) - 1));
    ASSERT(sigfillset(&all) == 0);
    ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    ASSERT(pthread_create(&worker->thread, NULL, thread_main, worker) == 0);
    ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    (void)pthread_setname_np(worker->thread, name);
    worker->is_running = true;
}

static void join(struct worker *worker)
{
    ASSERT(pthread_join(worker->thread, NULL) == 0);
    worker->is_running = false;
}

enum dalv_status worker_create(const struct worker_options *options,
                               struct worker **out_worker)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    enum dalv_status status;
    void *ready;

    ASSERT(worker != NULL && options->jobs_max > 0 && options->batch_max > 0);
    worker->options = *options;
    worker->batch = calloc(options->batch_max, sizeof(void *));
    ASSERT(worker->batch != NULL);
    mailbox_init(&worker->jobs, options->jobs_max);
    mailbox_init(&worker->done, options->jobs_max);
    mailbox_init(&worker->started, 1);
    start_thread(worker);
    mailbox_wait(&worker->started);
    ASSERT(mailbox_take(&worker->started, &ready, 1) == 1);
    status = worker->start_status;
    if (status == DALV_OK) {
        *out_worker = worker;
    } else {
        join(worker);
        worker_destroy(&worker);
    }
    return status;
}

void worker_destroy(struct worker **worker_p)
{
    struct worker *worker = *worker_p;

    if (worker == NULL)
        return;
    ASSERT(!worker->is_running && worker->pending == 0);
    mailbox_deinit(&worker->started);
    mailbox_deinit(&worker->done);
    mailbox_deinit(&worker->jobs);
    free(worker->batch);
    free(worker);
    *worker_p = NULL;
}

enum dalv_status worker_submit(struct worker *worker, void **job_p)
{
    ASSERT(worker->is_running && *job_p != NULL);
    if (worker->pending == worker->options.jobs_max)
        return DALV_BUSY;
    ASSERT(mailbox_put(&worker->jobs, job_p, 1));
    worker->pending++;
    *job_p = NULL;
    return DALV_OK;
}

size_t worker_collect(struct worker *worker, void **out_jobs, size_t max)
{
    size_t count = 0;

    if (worker->pending > 0)
        count = mailbox_take(&worker->done, out_jobs, max);
    worker->pending -= count;
    return count;
}

size_t worker_pending(const struct worker *worker)
{
    return worker->pending;
}

void worker_stop(struct worker *worker)
{
    ASSERT(worker->is_running);
    atomic_store(&worker->is_stopping, true);
    mailbox_wake(&worker->jobs);
    join(worker);
}

bool worker_arm(struct worker *worker)
{
    return mailbox_arm(&worker->done);
}

void worker_disarm(struct worker *worker)
{
    mailbox_disarm(&worker->done);
}

int worker_descriptor(const struct worker *worker)
{
    return worker->done.descriptor;
}
