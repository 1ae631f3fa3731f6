/*
 * Staying in touch with one of several routers.
 *
 * A pure machine: it is told what happened and when, and says what to do. It
 * tries the endpoints one after the other, shows the token, listens for signs
 * of life and moves on when there are none; after a round without success it
 * rests for a random time that grows (full jitter), so that a hundred thousand
 * clients do not come back at once.
 *
 * Promise: while a request or a watch waits, a router that fell silent is left
 * within SESSION_ASKED_SILENCE_MS + SESSION_PONG_MS, that is in less than 2 s.
 *
 *   RESTING --deadline--> GREETING --WELCOMED--> OPEN
 *      ^                   |  | refused for good    | silent, broken
 *      |    none is left   |  +-------> REFUSED     |
 *      +-------------------+<-----------------------+
 */
#ifndef DALV_CLIENT_SESSION_H
#define DALV_CLIENT_SESSION_H

#include "base/prng.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SESSION_GREETING_MS = 1000,      /* For WELCOMED, then the next one. */
    SESSION_ASKED_SILENCE_MS = 700,  /* Then PING, while a request waits. */
    SESSION_IDLE_SILENCE_MS = 10000, /* Then PING, otherwise. */
    SESSION_PONG_MS = 1000,          /* Then the router is left. */
    SESSION_REST_MIN_MS = 100,       /* The first rest lasts up to this. */
    SESSION_SETTLED_MS = 1000,       /* A shorter session was a failure. */
    SESSION_EFFECTS_MAX = 3,
};

struct session_options {
    size_t endpoint_count; /* At least 1. */
    uint64_t rest_max_ms;  /* No rest is longer. */
    uint64_t seed;
};

enum session_state {
    SESSION_RESTING,
    SESSION_GREETING,
    SESSION_OPEN,
    SESSION_REFUSED,
};

enum session_event_type {
    SESSION_TICKED,      /* Time passed. */
    SESSION_HEARD,       /* Any message of the router. */
    SESSION_WELCOMED,    /* It took the token. */
    SESSION_TURNED_DOWN, /* It refused HELLO, or ended the session when the
                            token expired, with `status`. */
    SESSION_ASKED,       /* The first request waits for its answer ... */
    SESSION_ANSWERED,    /* ... and none does any more. */
    SESSION_BROKEN, /* The transport failed, or the router spoke nonsense. */
};

struct session_event {
    enum session_event_type type;
    uint64_t now_ms;
    enum dalv_status status;
};

enum session_effect_type {
    SESSION_CONNECT,    /* To `endpoint`, and send HELLO. */
    SESSION_DISCONNECT, /* Whatever was sent may or may not have arrived. */
    SESSION_PING,
};

struct session_effect {
    enum session_effect_type type;
    size_t endpoint;
};

struct session_effects {
    size_t count;
    struct session_effect items[SESSION_EFFECTS_MAX];
};

/* Embedded by its owner; the fields belong to session.c alone. */
struct session {
    struct session_options options;
    enum session_state state;
    enum dalv_status refusal; /* REFUSED: why. */
    struct prng prng;
    size_t endpoint; /* To try next, or that of the session. */
    size_t failures; /* Attempts since a session that settled. */
    uint64_t deadline_ms;
    uint64_t opened_ms;
    bool is_pinged; /* PING was sent and nothing heard since. */
    bool is_asked;
};

/* Rests, and connects at the first tick. */
void session_init(struct session *session,
                  const struct session_options *options);

/* Advance by one event. What cannot matter in a state changes nothing. */
void session_step(struct session *session, const struct session_event *event,
                  struct session_effects *out_effects);

/* When to tick next; UINT64_MAX if there is nothing to wait for. */
uint64_t session_next_deadline_ms(const struct session *session);

#endif
