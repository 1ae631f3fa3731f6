/*
 * A thread that does what blocks, for a loop that must not.
 *
 * Jobs go in and come back as pointers, and their ownership with them: what a
 * job points at is the worker's from submit to collect. The worker takes all
 * jobs that wait at once, so that a hundred writes cost one sync; they come
 * back in the order in which they went in.
 *
 * Submit, collect, arm and the end belong to one thread, the owner's.
 */
#ifndef DALV_NET_WORKER_H
#define DALV_NET_WORKER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct worker_options {
    const char *name; /* Of the thread; up to 15 bytes are shown. */
    size_t jobs_max;  /* Submitted and not collected. */
    size_t batch_max; /* Jobs in one call of `run`. */
    void *owner;
    /* In the new thread, first of all; NULL for nothing to do. */
    enum dalv_status (*start)(void *owner);
    /* Do all of the jobs; what became of them is written into them. */
    void (*run)(void *owner, void *const *jobs, size_t count);
    /* In the thread, last of all; NULL for nothing to do. */
    void (*stop)(void *owner);
};

struct worker;

/*
 * Returns once the thread is up: with what `start` says, and a worker only if
 * that is DALV_OK.
 */
DALV_MUST_CHECK enum dalv_status worker_create(
    const struct worker_options *options, struct worker **out_worker);

/* The worker was stopped, and every job collected. */
void worker_destroy(struct worker **worker_p);

/*
 * Hand a job over: DALV_OK, and the pointer is NULL; or DALV_BUSY, jobs_max
 * reached, and it is as it was.
 */
DALV_MUST_CHECK enum dalv_status worker_submit(struct worker *worker,
                                               void **job_p);

/* Jobs that are done, up to `max`, without waiting. */
size_t worker_collect(struct worker *worker, void **out_jobs, size_t max);

/* Jobs that were submitted and not collected. */
size_t worker_pending(const struct worker *worker);

/*
 * Finish all jobs, end the thread. Nothing is submitted any more; what is done
 * can be collected.
 */
void worker_stop(struct worker *worker);

/*
 * For a loop that is going to wait: false if something can be collected, else
 * the descriptor becomes readable as soon as it can. After the waiting,
 * readable or not, worker_disarm.
 */
bool worker_arm(struct worker *worker);
void worker_disarm(struct worker *worker);
int worker_descriptor(const struct worker *worker);

#endif
