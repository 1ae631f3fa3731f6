/*
 * The loop of a process: one thread, all sockets, one deadline.
 *
 * A turn: take what has come, at most so much from each source, round robin;
 * hand it to the owner, event by event; tell it of the deadline if it passed;
 * then of the end of the batch, where it carries its effects out, all writes of
 * the batch as one. Only when nothing has come does the loop wait, until
 * something comes or the earliest deadline passes.
 *
 * What the owner hands over or takes back belongs to the loop's thread.
 */
#ifndef DALV_NET_LOOP_H
#define DALV_NET_LOOP_H

#include "base/status.h"
#include "net/endpoint.h"
#include "net/worker.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOOP_SOURCES_MAX = 256,      /* Endpoints, workers and descriptors. */
    LOOP_SOURCE_EVENTS_MAX = 64, /* From one source in one turn. */
    LOOP_BATCH_EVENTS_MAX = 1024,
};

#define LOOP_NO_DEADLINE UINT64_MAX

/* Any may be NULL: then such an event is absorbed, and a parcel destroyed. */
struct loop_handlers {
    void *owner;
    /* Takes the parcel, or leaves it to be destroyed. */
    void (*on_parcel)(void *owner, struct endpoint *from,
                      struct parcel **parcel_p);
    /* A connecting endpoint has a connection, or none any more. */
    void (*on_connection)(void *owner, struct endpoint *from,
                          bool is_connected);
    /* It is not let in, and does not try again by itself. */
    void (*on_refused)(void *owner, struct endpoint *from);
    void (*on_job_done)(void *owner, struct worker *from, void *job);
    void (*on_readable)(void *owner, int descriptor);
    void (*on_signal)(void *owner, int signal);
    /* Once a turn, if next_deadline_ms has passed. */
    void (*on_deadline)(void *owner, uint64_t now_ms);
    /* Once a turn in which anything happened, last. */
    void (*on_batch_end)(void *owner, uint64_t now_ms);
    /* Asked before each wait; LOOP_NO_DEADLINE for none. */
    uint64_t (*next_deadline_ms)(void *owner);
};

struct loop_options {
    struct loop_handlers handlers;
    /* The monotonic clock; NULL for clock_boot_ms. */
    uint64_t (*now_ms)(void *clock);
    void *clock;
};

struct loop_counters {
    uint64_t turns;
    uint64_t waits; /* Turns that found nothing and waited. */
    uint64_t events;
    uint64_t batch_max; /* Events in the largest batch. */
};

struct loop;

/* Ends the process if there is no memory. */
struct loop *loop_create(const struct loop_options *options);
/* Endpoints and workers stay their owner's. */
void loop_destroy(struct loop **loop_p);

/* Sources. Borrowed until they are removed, which a handler may do as well. */
void loop_add_endpoint(struct loop *loop, struct endpoint *endpoint);
void loop_remove_endpoint(struct loop *loop, struct endpoint *endpoint);
void loop_add_worker(struct loop *loop, struct worker *worker);
void loop_remove_worker(struct loop *loop, struct worker *worker);
/* Watched for reading: on_readable as long as it is readable. */
void loop_add_descriptor(struct loop *loop, int descriptor);
void loop_remove_descriptor(struct loop *loop, int descriptor);

/*
 * From now on these signals are events of the loop. They are blocked in the
 * calling thread and in all that it starts afterwards: call it first of all.
 */
void loop_add_signals(struct loop *loop, const int *signals, size_t count);

/* Back-pressure: take nothing from the endpoint, go on sending. */
void loop_pause(struct loop *loop, struct endpoint *endpoint);
void loop_resume(struct loop *loop, struct endpoint *endpoint);

/* One turn, which waits until `wait_max_ms` from now at most. */
void loop_run_once(struct loop *loop, uint64_t wait_max_ms);
/* Turns until loop_stop is called, from within a handler. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* The time of this turn: the clock is read once after each wait. */
uint64_t loop_now_ms(const struct loop *loop);
struct loop_counters loop_counters(const struct loop *loop);

#endif
