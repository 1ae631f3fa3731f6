/*
 * The questions of a backend that wait for their answers, and when each is
 * asked again.
 *
 * A call is asked until it is answered or its time is up: after a lost
 * connection, and after an answer that says "not now". A write is asked again
 * under the same request id, so it takes effect once. What the caller is told
 * in the end keeps the two kinds of failure apart:
 *
 *   - an attempt is *unsure* if it went out and nobody said how it ended;
 *   - a refusal (REFUSED) speaks of its own attempt alone: after an unsure one
 *     it can not say "not done", and becomes DALV_UNKNOWN;
 *   - UPDATED is the master's word about the request id, and final.
 *
 *   QUEUED --sent--> SENT --answered--> (gone)
 *     ^  ^             |  \--not now--> RESTING
 *     |  +---lost------+                   |
 *     +-----------------due----------------+
 */
#ifndef DALV_CLIENT_CALLS_H
#define DALV_CLIENT_CALLS_H

#include "base/list.h"
#include "base/prng.h"
#include "base/status.h"
#include "base/timers.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CALLS_MAX = 10000,
    CALLS_BYTES_MAX = 64 << 20,
    CALLS_REST_MIN_MS = 20,
    CALLS_REST_MAX_MS = 1000,
};

/* How a call ended; all borrowed for the handler. */
struct call_answer {
    enum dalv_status status;
    const struct message *message; /* What came; NULL if nothing did. */
    const char *text;              /* For people; never NULL. */
};

typedef void call_handler(void *owner, const struct call_answer *answer);

enum call_state {
    CALL_QUEUED,
    CALL_SENT,
    CALL_RESTING,
    CALL_ENDED, /* Its handler ran; it waits in the queue to be dropped. */
};

struct call {
    struct list_link link; /* QUEUED, ENDED. */
    struct timer timer;    /* RESTING: the end of it; else the deadline. */
    struct message question;
    enum call_state state;
    uint64_t deadline_ms;
    size_t bytes;
    size_t attempt_count;
    bool is_write;
    bool is_unsure;
    enum dalv_status last; /* Of the last answer; DALV_OK if there was none. */
    call_handler *handler;
    void *owner;
};

struct sightings;

struct calls {
    struct sightings *sightings; /* Of who reads from slaves; else NULL. */
    struct call **slots;         /* CALLS_MAX of them; NULL: free. */
    uint32_t next_slot;          /* Where the search for a free one begins. */
    uint32_t generation; /* So that a late answer meets no later call. */
    size_t count;
    size_t bytes;
    struct list queue;
    struct timers *timers;
    struct prng prng;
};

/* What to ask; everything is copied. */
struct call_request {
    const struct message *question; /* Its number is given here. */
    uint64_t deadline_ms;
    call_handler *handler;
    void *owner;
};

/* DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status calls_init(struct calls *calls,
                                            uint64_t now_ms, uint64_t seed);
/* Without a word to the handlers. */
void calls_deinit(struct calls *calls);

/* DALV_BUSY beyond CALLS_MAX or CALLS_BYTES_MAX, DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status calls_add(struct calls *calls,
                                           const struct call_request *request);

/* The next one to send, its deadline brought up to date; NULL. */
struct call *calls_next(struct calls *calls, uint64_t now_ms);
/* It went out ... */
void calls_sent(struct calls *calls, struct call *call);
/* ... or never can: it ends with `status`. */
void calls_drop(struct calls *calls, struct call *call,
                enum dalv_status status);

/* An answer came; one that nobody waits for is dropped. Calls the handler, or
   lets the call rest to be asked again. */
void calls_answer(struct calls *calls, const struct message *message,
                  uint64_t now_ms);

/* The connection is lost: what went out is asked again. */
void calls_lose(struct calls *calls);

/* End all with `status`: the token was refused, or the caller leaves. */
void calls_end(struct calls *calls, enum dalv_status status, const char *text);

/* What is due: deadlines end calls, rests end. */
void calls_tick(struct calls *calls, uint64_t now_ms);
uint64_t calls_next_deadline_ms(const struct calls *calls);

#endif
