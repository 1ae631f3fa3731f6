#include "base/clock.h"
#include "client/backend_internal.h"
#include "client/backend_options.h"
#include "client/random.h"
#include "client/sightings.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FULL_WAIT_MS = 5
}; /* Before a full way is tried again. */

enum dalv_status backend_fail(struct dalv_backend *backend,
                              enum dalv_status status, const char *text)
{
    if (status != DALV_OK)
        (void)snprintf(backend->error, sizeof(backend->error), "%s", text);
    return status;
}

const char *dalv_backend_error(const struct dalv_backend *backend)
{
    return backend->error;
}

enum dalv_status backend_ask(struct dalv_backend *backend,
                             const struct message *question,
                             call_handler *handler, void *owner)
{
    const struct call_request request = {
        .question = question,
        .deadline_ms = clock_boot_ms() + backend->timeout_ms,
        .handler = handler,
        .owner = owner,
    };

    if (backend->refusal != DALV_OK)
        return backend->refusal;
    return calls_add(&backend->calls, &request);
}

/* What can not be sent as it is ends at once; a way that is full is tried again
   after a moment. The deadline by then. */
static uint64_t send_queued(struct dalv_backend *backend, uint64_t now_ms,
                            uint64_t deadline_ms)
{
    struct call *call;

    while (connection_is_open(backend->connection) &&
           (call = calls_next(&backend->calls, now_ms)) != NULL) {
        enum dalv_status status =
            connection_send(backend->connection, &call->question);

        if (status == DALV_BUSY)
            return deadline_ms < now_ms + FULL_WAIT_MS ? deadline_ms
                                                       : now_ms + FULL_WAIT_MS;
        if (status == DALV_UNAVAILABLE)
            break;
        if (status == DALV_OK)
            calls_sent(&backend->calls, call);
        else
            calls_drop(&backend->calls, call, status);
    }
    return deadline_ms;
}

static void on_heard(struct dalv_backend *backend,
                     const struct message *message)
{
    const struct backend_listener *listener = backend->listener;

    if (message->type != MESSAGE_CHANGED)
        calls_answer(&backend->calls, message, clock_boot_ms());
    else if (listener != NULL)
        listener->changed(listener->owner, &message->changed);
}

static void on_refused(struct dalv_backend *backend,
                       const struct connection_event *event)
{
    backend->refusal = event->status;
    (void)backend_fail(backend, event->status, event->text);
    calls_end(&backend->calls, event->status, event->text);
}

static void on_event(struct dalv_backend *backend,
                     const struct connection_event *event)
{
    switch (event->type) {
    case CONNECTION_SILENT:
    case CONNECTION_OPENED:
        break;
    case CONNECTION_LOST:
        calls_lose(&backend->calls);
        if (backend->listener != NULL)
            backend->listener->lost(backend->listener->owner);
        break;
    case CONNECTION_REFUSED:
        on_refused(backend, event);
        break;
    case CONNECTION_HEARD:
        on_heard(backend, event->message);
        break;
    }
}

void backend_turn(struct dalv_backend *backend, uint64_t deadline_ms)
{
    struct connection_event event;
    uint64_t due_ms;

    calls_tick(&backend->calls, clock_boot_ms());
    due_ms = calls_next_deadline_ms(&backend->calls);
    if (due_ms < deadline_ms)
        deadline_ms = due_ms;
    deadline_ms = send_queued(backend, clock_boot_ms(), deadline_ms);
    /* Who watches waits as well: silence of the router would go unnoticed. */
    connection_set_asked(backend->connection,
                         backend->calls.count > 0 || backend->listener != NULL);
    connection_poll(backend->connection, deadline_ms, &event);
    on_event(backend, &event);
    calls_tick(&backend->calls, clock_boot_ms());
}

struct waiter {
    struct dalv_backend *backend;
    call_handler *handler;
    void *owner;
    bool is_done;
    enum dalv_status status;
};

static void on_waited(void *owner, const struct call_answer *answer)
{
    struct waiter *waiter = owner;

    waiter->is_done = true;
    waiter->status =
        backend_fail(waiter->backend, answer->status, answer->text);
    if (waiter->handler != NULL)
        waiter->handler(waiter->owner, answer);
}

enum dalv_status backend_ask_and_wait(struct dalv_backend *backend,
                                      const struct message *question,
                                      call_handler *handler, void *owner)
{
    struct waiter waiter = {
        .backend = backend, .handler = handler, .owner = owner};
    enum dalv_status status =
        backend_ask(backend, question, on_waited, &waiter);

    if (status != DALV_OK)
        return status;
    backend->error[0] = '\0';
    while (!waiter.is_done)
        backend_turn(backend, UINT64_MAX);
    return waiter.status;
}

/* Until the router took the token, or did not. */
static enum dalv_status wait_until_open(struct dalv_backend *backend)
{
    uint64_t deadline_ms = clock_boot_ms() + backend->timeout_ms;

    while (!connection_is_open(backend->connection)) {
        if (backend->refusal != DALV_OK)
            return backend->refusal;
        if (clock_boot_ms() >= deadline_ms)
            return connection_is_barred(backend->connection)
                       ? DALV_NOT_PERMITTED
                       : DALV_UNAVAILABLE;
        backend_turn(backend, deadline_ms);
    }
    return DALV_OK;
}

static enum dalv_status connect(struct dalv_backend *backend,
                                const struct dalv_backend_options *options)
{
    const struct connection_options connection_options = {
        .endpoints = (const char *const *)options->endpoints,
        .endpoint_count = options->endpoint_count,
        .keys = options->has_keys ? &options->keys : NULL,
        .token = bytes_from_text(options->token),
        .rest_max_ms = BACKEND_REST_MAX_MS,
    };
    enum dalv_status status =
        connection_open(&connection_options, &backend->connection);

    return status == DALV_OK ? wait_until_open(backend) : status;
}

/* Slaves are asked for no less than what was seen before. */
static enum dalv_status remember_sightings(struct dalv_backend *backend)
{
    backend->calls.sightings = calloc(1, sizeof(*backend->calls.sightings));
    return backend->calls.sightings == NULL ? DALV_NO_MEMORY : DALV_OK;
}

enum dalv_status dalv_backend_open(const struct dalv_backend_options *options,
                                   struct dalv_backend **out_backend)
{
    struct dalv_backend *backend = NULL;
    enum dalv_status status;

    if (options->endpoint_count == 0 || options->token == NULL)
        return DALV_INVALID;
    backend = calloc(1, sizeof(*backend));
    if (backend == NULL)
        return DALV_NO_MEMORY;
    backend->timeout_ms =
        options->timeout_ms == 0 ? BACKEND_TIMEOUT_MS : options->timeout_ms;
    backend->max_staleness_ms = options->max_staleness_ms;
    status = calls_init(&backend->calls, clock_boot_ms(), random_u64());
    if (status == DALV_OK && options->max_staleness_ms > 0)
        status = remember_sightings(backend);
    if (status == DALV_OK)
        status = connect(backend, options);
    if (status != DALV_OK) {
        dalv_backend_close(&backend);
        return status;
    }
    *out_backend = backend;
    return DALV_OK;
}

void dalv_backend_close(struct dalv_backend **backend_p)
{
    struct dalv_backend *backend = *backend_p;

    *backend_p = NULL;
    if (backend == NULL)
        return;
    connection_close(&backend->connection);
    /* What still waits is released by who asked, and told to nobody. */
    backend->is_closing = true;
    if (backend->calls.slots != NULL)
        calls_end(&backend->calls, DALV_UNAVAILABLE, "closed");
    free(backend->calls.sightings);
    calls_deinit(&backend->calls);
    free(backend);
}

size_t dalv_backend_poll(struct dalv_backend *backend, uint32_t timeout_ms)
{
    uint64_t deadline_ms = clock_boot_ms() + timeout_ms;
    size_t before = backend->called_back;

    do
        backend_turn(backend, deadline_ms);
    while (backend->called_back == before && backend->calls.count > 0 &&
           clock_boot_ms() < deadline_ms);
    return backend->calls.count;
}
