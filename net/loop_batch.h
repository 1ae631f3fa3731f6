/*
 * The sources of a loop, and what was taken from them in one turn. Private to
 * the loop.
 */
#ifndef DALV_NET_LOOP_BATCH_H
#define DALV_NET_LOOP_BATCH_H

#include "net/loop.h"

enum loop_source_type {
    LOOP_ENDPOINT,
    LOOP_WORKER,
    LOOP_DESCRIPTOR,
};

struct loop_source {
    enum loop_source_type type;
    struct endpoint *endpoint;
    struct worker *worker;
    int descriptor;
    bool is_paused; /* ENDPOINT. */
    bool is_quiet;  /* In this turn: nothing has come. */
};

struct loop_sources {
    struct loop_source items[LOOP_SOURCES_MAX];
    size_t count;
    size_t first; /* Whose turn to be asked first it is. */
};

enum loop_event_type {
    LOOP_FORGOTTEN, /* Its source was removed since. */
    LOOP_PARCEL,
    LOOP_CONNECTED,
    LOOP_DISCONNECTED,
    LOOP_REFUSED,
    LOOP_JOB_DONE,
    LOOP_READABLE,
    LOOP_SIGNALLED,
};

struct loop_event {
    enum loop_event_type type;
    struct endpoint *endpoint; /* PARCEL to REFUSED. */
    struct parcel *parcel;     /* PARCEL: the batch's. */
    struct worker *worker;     /* JOB_DONE. */
    void *job;
    int number; /* READABLE, SIGNALLED. */
};

struct loop_batch {
    struct loop_event events[LOOP_BATCH_EVENTS_MAX];
    size_t count;
};

/* There is room; the source is not there yet. */
void loop_sources_add(struct loop_sources *sources, struct loop_source source);
/* The source with the same type and object; it is there. */
void loop_sources_remove(struct loop_sources *sources,
                         struct loop_source source);

size_t loop_batch_room(const struct loop_batch *batch);
/* There is room. */
void loop_batch_add(struct loop_batch *batch, struct loop_event event);
/* Take from endpoints and workers what has come, each in its turn. */
void loop_batch_collect(struct loop_batch *batch, struct loop_sources *sources);
/* Drop what came from an endpoint and was not handed out yet. */
void loop_batch_forget(struct loop_batch *batch,
                       const struct endpoint *endpoint);
/* Empty, all parcels that are left destroyed. */
void loop_batch_clear(struct loop_batch *batch);

#endif
