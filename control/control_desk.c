#include "control/control_desk.h"

#include "base/assert.h"

#include <stdlib.h>

struct job {
    bool is_waiting; /* For a change, instead of a question. */
    struct control_question question;
    uint64_t revision;
    uint32_t patience_ms;
    struct control_reply reply;
};

struct control_desk {
    struct control_store *store;
    struct worker *worker;
    struct control_answer answer;
    void *memory;
    struct job job;
    bool is_busy;
    bool is_done; /* A loop has collected the answer. */
};

/* In the desk's thread. */
static void ask(struct control_desk *desk, struct job *job)
{
    const struct control_question *question = &job->question;
    struct control_reply *reply = &job->reply;

    *reply = (struct control_reply){.answer = &desk->answer};
    if (job->is_waiting) {
        control_store_wait(desk->store, question->key, job->revision,
                           job->patience_ms);
        return;
    }
    switch (question->type) {
    case CONTROL_GET:
        reply->status =
            control_store_get(desk->store, question->key, &desk->answer);
        break;
    case CONTROL_LIST:
        reply->status = control_store_list(desk->store, question->key,
                                           question->after, &desk->answer);
        break;
    case CONTROL_COMMIT:
        reply->status = control_store_commit(
            desk->store, &question->transaction, &reply->revision);
        break;
    }
}

static void run(void *owner, void *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ask(owner, jobs[i]);
}

enum dalv_status control_desk_create(const char *name,
                                     struct control_store **store_p,
                                     struct control_desk **out_desk)
{
    struct control_desk *desk = calloc(1, sizeof(*desk));
    struct worker_options options = {
        .name = name, .jobs_max = 1, .batch_max = 1, .owner = desk, .run = run};
    enum dalv_status status = DALV_NO_MEMORY;

    if (desk == NULL) {
        control_store_close(store_p);
        return status;
    }
    desk->store = *store_p;
    *store_p = NULL;
    desk->memory = malloc(CONTROL_ANSWER_BYTES_MAX);
    if (desk->memory != NULL) {
        control_answer_init(&desk->answer, desk->memory);
        status = worker_create(&options, &desk->worker);
    }
    if (status == DALV_OK)
        *out_desk = desk;
    else
        control_desk_destroy(&desk);
    return status;
}

void control_desk_destroy(struct control_desk **desk_p)
{
    struct control_desk *desk = *desk_p;
    struct control_reply reply;

    if (desk == NULL)
        return;
    *desk_p = NULL;
    if (desk->worker != NULL) {
        worker_stop(desk->worker);
        (void)control_desk_collect(desk, &reply);
        worker_destroy(&desk->worker);
    }
    control_store_close(&desk->store);
    free(desk->memory);
    free(desk);
}

static void submit(struct control_desk *desk)
{
    void *job = &desk->job;

    ASSERT(!desk->is_busy);
    desk->is_busy = true;
    ASSERT(worker_submit(desk->worker, &job) == DALV_OK);
}

void control_desk_ask(struct control_desk *desk,
                      const struct control_question *question)
{
    desk->job = (struct job){.question = *question};
    submit(desk);
}

void control_desk_wait(struct control_desk *desk, struct bytes key,
                       uint64_t revision, uint32_t patience_ms)
{
    desk->job = (struct job){.is_waiting = true,
                             .question = {.type = CONTROL_GET, .key = key},
                             .revision = revision,
                             .patience_ms = patience_ms};
    submit(desk);
}

bool control_desk_is_busy(const struct control_desk *desk)
{
    return desk->is_busy;
}

bool control_desk_collect(struct control_desk *desk,
                          struct control_reply *out_reply)
{
    void *job = NULL;

    if (!desk->is_done && worker_collect(desk->worker, &job, 1) == 0)
        return false;
    desk->is_done = false;
    desk->is_busy = false;
    *out_reply = desk->job.reply;
    return true;
}

bool control_desk_on_job_done(struct control_desk *desk,
                              const struct worker *from)
{
    if (from != desk->worker)
        return false;
    desk->is_done = true;
    return true;
}

const char *control_desk_problem(const struct control_desk *desk)
{
    return control_store_problem(desk->store);
}

struct worker *control_desk_worker(struct control_desk *desk)
{
    return desk->worker;
}
