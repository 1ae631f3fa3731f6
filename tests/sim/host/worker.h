/*
 * What the threads of simulated processes are to the files beside this one.
 */
#ifndef DALV_TESTS_SIM_HOST_WORKER_H
#define DALV_TESTS_SIM_HOST_WORKER_H

#include "net/worker.h"

#include <stdint.h>

/*
 * Called from within a job: what it did is told so much later, as if it had
 * waited for something.
 */
void worker_linger(uint64_t us);

/* None of them has a job. */
void threads_destroy(struct worker **first_p);

#endif
