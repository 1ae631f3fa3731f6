#include "net/loop_batch.h"

#include "base/assert.h"

static bool is_same(const struct loop_source *a, const struct loop_source *b)
{
    return a->type == b->type && a->endpoint == b->endpoint &&
           a->worker == b->worker && a->descriptor == b->descriptor;
}

static size_t find(const struct loop_sources *sources,
                   const struct loop_source *source)
{
    size_t index = 0;

    while (index < sources->count && !is_same(&sources->items[index], source))
        index++;
    return index;
}

void loop_sources_add(struct loop_sources *sources, struct loop_source source)
{
    ASSERT(sources->count < LOOP_SOURCES_MAX);
    ASSERT(find(sources, &source) == sources->count);
    sources->items[sources->count++] = source;
}

void loop_sources_remove(struct loop_sources *sources,
                         struct loop_source source)
{
    size_t index = find(sources, &source);

    ASSERT(index < sources->count);
    sources->items[index] = sources->items[--sources->count];
}

size_t loop_batch_room(const struct loop_batch *batch)
{
    return LOOP_BATCH_EVENTS_MAX - batch->count;
}

void loop_batch_add(struct loop_batch *batch, struct loop_event event)
{
    ASSERT(batch->count < LOOP_BATCH_EVENTS_MAX);
    batch->events[batch->count++] = event;
}

static enum loop_event_type type_of(enum endpoint_event_type type)
{
    switch (type) {
    case ENDPOINT_RECEIVED:
        return LOOP_PARCEL;
    case ENDPOINT_CONNECTED:
        return LOOP_CONNECTED;
    case ENDPOINT_DISCONNECTED:
        return LOOP_DISCONNECTED;
    case ENDPOINT_REFUSED:
        return LOOP_REFUSED;
    }
    ASSERT_UNREACHABLE("an event of an endpoint");
}

static void collect_endpoint(struct loop_batch *batch,
                             struct endpoint *endpoint, size_t max)
{
    struct endpoint_event event;

    for (size_t i = 0; i < max && endpoint_receive(endpoint, &event); i++)
        loop_batch_add(batch, (struct loop_event){
                                  .type = type_of(event.type),
                                  .endpoint = endpoint,
                                  .parcel = event.parcel,
                              });
}

static void collect_worker(struct loop_batch *batch, struct worker *worker,
                           size_t max)
{
    void *jobs[LOOP_SOURCE_EVENTS_MAX];
    size_t count = worker_collect(worker, jobs, max);

    for (size_t i = 0; i < count; i++)
        loop_batch_add(batch, (struct loop_event){
                                  .type = LOOP_JOB_DONE,
                                  .worker = worker,
                                  .job = jobs[i],
                              });
}

void loop_batch_collect(struct loop_batch *batch, struct loop_sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        size_t index = (sources->first + i) % sources->count;
        struct loop_source *source = &sources->items[index];
        size_t room = loop_batch_room(batch);
        size_t max =
            room < LOOP_SOURCE_EVENTS_MAX ? room : LOOP_SOURCE_EVENTS_MAX;

        if (source->is_quiet)
            continue;
        if (source->type == LOOP_ENDPOINT && !source->is_paused)
            collect_endpoint(batch, source->endpoint, max);
        else if (source->type == LOOP_WORKER)
            collect_worker(batch, source->worker, max);
    }
}

void loop_batch_forget(struct loop_batch *batch,
                       const struct endpoint *endpoint)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct loop_event *event = &batch->events[i];

        if (event->endpoint != endpoint)
            continue;
        parcel_destroy(&event->parcel);
        event->type = LOOP_FORGOTTEN;
    }
}

void loop_batch_clear(struct loop_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        parcel_destroy(&batch->events[i].parcel);
    batch->count = 0;
}
