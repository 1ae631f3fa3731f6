#include "net/worker.h"

#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>

enum {
    JOBS_MAX = 8,
    BATCH_MAX = 4,
};

struct job {
    int input;
    int output;
    size_t batch; /* Which call of `run` did it, from 1. */
};

/* What the worker's thread knows; a gate lets tests hold it. */
struct plant {
    pthread_mutex_t gate;
    size_t batches;
    enum dalv_status start_status;
    bool is_started;
    bool is_stopped;
};

static enum dalv_status on_start(void *owner)
{
    struct plant *plant = owner;

    plant->is_started = true;
    return plant->start_status;
}

static void on_run(void *owner, void *const *jobs, size_t count)
{
    struct plant *plant = owner;

    (void)pthread_mutex_lock(&plant->gate);
    plant->batches++;
    for (size_t i = 0; i < count; i++) {
        struct job *job = jobs[i];

        job->output = job->input * 2;
        job->batch = plant->batches;
    }
    (void)pthread_mutex_unlock(&plant->gate);
}

static void on_stop(void *owner)
{
    struct plant *plant = owner;

    plant->is_stopped = true;
}

static enum dalv_status start(struct plant *plant, struct worker **out_worker)
{
    const struct worker_options options = {
        .name = "a worker with a long name",
        .jobs_max = JOBS_MAX,
        .batch_max = BATCH_MAX,
        .owner = plant,
        .start = on_start,
        .run = on_run,
        .stop = on_stop,
    };

    CU_ASSERT_EQUAL(pthread_mutex_init(&plant->gate, NULL), 0);
    return worker_create(&options, out_worker);
}

static void submit(struct worker *worker, struct job *job)
{
    void *handed = job;

    CU_ASSERT_EQUAL_FATAL(worker_submit(worker, &handed), DALV_OK);
    CU_ASSERT_PTR_NULL(handed);
}

static struct job *await(struct worker *worker)
{
    void *job = NULL;

    while (worker_collect(worker, &job, 1) == 0) {
        struct pollfd wanted = {.fd = worker_descriptor(worker),
                                .events = POLLIN};

        if (worker_arm(worker))
            CU_ASSERT_EQUAL_FATAL(poll(&wanted, 1, 20000), 1);
        worker_disarm(worker);
    }
    return job;
}

static void gives_jobs_back_in_order(void)
{
    struct plant plant = {0};
    struct worker *worker = NULL;
    struct job jobs[JOBS_MAX] = {0};

    CU_ASSERT_EQUAL_FATAL(start(&plant, &worker), DALV_OK);
    CU_ASSERT_TRUE(plant.is_started);
    for (int i = 0; i < JOBS_MAX; i++) {
        jobs[i].input = i;
        submit(worker, &jobs[i]);
    }
    for (int i = 0; i < JOBS_MAX; i++) {
        CU_ASSERT_PTR_EQUAL(await(worker), &jobs[i]);
        CU_ASSERT_EQUAL(jobs[i].output, 2 * i);
    }
    worker_stop(worker);
    worker_destroy(&worker);
    CU_ASSERT_PTR_NULL(worker);
    CU_ASSERT_TRUE(plant.is_stopped);
}

/* While it did the first, five more came: four in one batch, then one. */
static void takes_all_that_waits_at_once(void)
{
    struct plant plant = {0};
    struct worker *worker = NULL;
    struct job first = {0};
    struct job jobs[5] = {{0}};

    CU_ASSERT_EQUAL_FATAL(start(&plant, &worker), DALV_OK);
    submit(worker, &first);
    CU_ASSERT_PTR_EQUAL(await(worker), &first);
    (void)pthread_mutex_lock(&plant.gate);
    submit(worker, &first);
    for (size_t i = 0; i < 5; i++)
        submit(worker, &jobs[i]);
    (void)pthread_mutex_unlock(&plant.gate);
    CU_ASSERT_PTR_EQUAL(await(worker), &first);
    for (size_t i = 0; i < 5; i++)
        CU_ASSERT_PTR_EQUAL(await(worker), &jobs[i]);
    /* The first may have been taken alone or with others. */
    CU_ASSERT(jobs[4].batch - first.batch <= 2);
    CU_ASSERT(jobs[4].batch > first.batch);
    worker_stop(worker);
    worker_destroy(&worker);
}

static void refuses_more_jobs_than_fit(void)
{
    struct plant plant = {0};
    struct worker *worker = NULL;
    struct job jobs[JOBS_MAX + 1] = {{0}};
    void *refused = &jobs[JOBS_MAX];

    CU_ASSERT_EQUAL_FATAL(start(&plant, &worker), DALV_OK);
    (void)pthread_mutex_lock(&plant.gate);
    for (size_t i = 0; i < JOBS_MAX; i++)
        submit(worker, &jobs[i]);
    CU_ASSERT_EQUAL(worker_submit(worker, &refused), DALV_BUSY);
    CU_ASSERT_PTR_EQUAL(refused, &jobs[JOBS_MAX]);
    CU_ASSERT_EQUAL(worker_pending(worker), JOBS_MAX);
    (void)pthread_mutex_unlock(&plant.gate);
    (void)await(worker);
    CU_ASSERT_EQUAL(worker_submit(worker, &refused), DALV_OK);
    for (size_t i = 0; i < JOBS_MAX; i++)
        (void)await(worker);
    CU_ASSERT_EQUAL(worker_pending(worker), 0);
    worker_stop(worker);
    worker_destroy(&worker);
}

static void finishes_its_work_before_it_stops(void)
{
    struct plant plant = {0};
    struct worker *worker = NULL;
    struct job jobs[JOBS_MAX] = {{0}};
    void *done[JOBS_MAX];

    CU_ASSERT_EQUAL_FATAL(start(&plant, &worker), DALV_OK);
    for (size_t i = 0; i < JOBS_MAX; i++) {
        jobs[i].input = 1;
        submit(worker, &jobs[i]);
    }
    worker_stop(worker);
    CU_ASSERT_TRUE(plant.is_stopped);
    CU_ASSERT_EQUAL(worker_collect(worker, done, JOBS_MAX), JOBS_MAX);
    for (size_t i = 0; i < JOBS_MAX; i++) {
        CU_ASSERT_PTR_EQUAL(done[i], &jobs[i]);
        CU_ASSERT_EQUAL(jobs[i].output, 2);
    }
    worker_destroy(&worker);
}

static void says_why_it_did_not_start(void)
{
    struct plant plant = {.start_status = DALV_DAMAGED};
    struct worker *worker = NULL;

    CU_ASSERT_EQUAL(start(&plant, &worker), DALV_DAMAGED);
    CU_ASSERT_PTR_NULL(worker);
    CU_ASSERT_TRUE(plant.is_started);
    CU_ASSERT_FALSE(plant.is_stopped);
}

static const struct suite_test tests[] = {
    SUITE_TEST(gives_jobs_back_in_order),
    SUITE_TEST(takes_all_that_waits_at_once),
    SUITE_TEST(refuses_more_jobs_than_fit),
    SUITE_TEST(finishes_its_work_before_it_stops),
    SUITE_TEST(says_why_it_did_not_start),
};

int main(void)
{
    return SUITE_RUN("net/worker", tests);
}
