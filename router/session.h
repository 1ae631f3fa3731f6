/*
 * A client's session at a router: who it is, as its token proved it.
 *
 *     HELLO --> OPENING --- DEVICE_OPENED ---> OPEN --- its token ends --->
 * EXPIRED
 *        \-------- a backend -------------------^
 *
 * It lives until the connection is gone or another HELLO takes its place. One
 * that has expired may ask for nothing and is told nothing.
 */
#ifndef DALV_ROUTER_SESSION_H
#define DALV_ROUTER_SESSION_H

#include "base/allocator.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/timers.h"
#include "model/transaction.h"
#include "router/bucket.h"
#include "router/links.h"
#include "token/claims.h"

#include <stdbool.h>
#include <stdint.h>

enum session_state {
    SESSION_OPENING, /* A device waits for its id. */
    SESSION_OPEN,
    SESSION_EXPIRED,
};

struct session {
    struct session *next_ended; /* See router_core_end_session. */
    struct timer timer; /* When to see whether the client is still there and
                           its token good. */
    bool has_spoken;    /* Since the timer was started. */
    enum session_state state;
    uint64_t peer;   /* The connection. */
    uint64_t number; /* The session's own, never used again. */
    bool is_device;
    struct install_id install;
    uint64_t device;
    uint32_t hello_request;   /* To answer once it is open. */
    uint64_t review_count;    /* For which review the token is judged. */
    struct link_set vouched;  /* Nodes that its token is vouched for at, ... */
    struct link_set known_at; /* ... that were asked for it, ... */
    struct link_set listens_at; /* ... and that may tell it of changes. */
    bool is_listening;          /* It asked to be told of changes ... */
    uint64_t listens;           /* ... in partitions with these numbers modulo
                                   64. */
    bool is_deaf;               /* A node that should tell it does no more. */
    uint32_t in_flight;         /* Requests that have no answer yet. */
    enum dalv_status refusal;   /* What the node said of the token. */
    struct bucket requests;     /* What it may still ask for: ... */
    struct bucket bytes;        /* ... in number and in bytes. */
    struct token_claims claims;
    size_t token_size;
    uint8_t token[]; /* As the client showed it. */
};

/* NULL if the allocator gives nothing. */
struct session *session_create(struct allocator *allocator, struct bytes token);
void session_destroy(struct session **session_p, struct allocator *allocator);

/*
 * True if a new session goes on where an older one of its connection stands:
 * it is of the same user, role and store, and the older one has not expired.
 */
bool session_continues(const struct session *session,
                       const struct session *old);

/*
 * A client that shows a new token goes on where it was: with its number, what
 * it has in flight and what it may still ask for. Only a device's id is the
 * node's to say again: the user may have been erased, or the device retired.
 */
void session_take_over(struct session *session, const struct session *old);

/* The user of a device's token; empty for backends. Borrowed from it. */
struct bytes session_user(const struct session *session);
struct bytes session_token(const struct session *session);

/* When its token ends, in microseconds since 1970. */
uint64_t session_expiry_us(const struct session *session);

#endif
