/*
 * One question that a router forwarded, from its arrival to its answer.
 *
 * It owns what it was decoded into. The shell makes it, the core passes it
 * along its lists, workers fill in the answer, and the shell ends it when the
 * answer has left.
 */
#ifndef DALV_NODE_REQUEST_H
#define DALV_NODE_REQUEST_H

#include "base/arena.h"
#include "base/bounds.h"
#include "base/buffer.h"
#include "base/list.h"
#include "model/message.h"
#include "node/attachment.h"
#include "sync/push.h"
#include "sync/update.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    REQUEST_DUE_KEYS_MAX = 16, /* That one read waits for at a time. */
    /* What the arena must have left for them beside the message. */
    REQUEST_DUE_BYTES = REQUEST_DUE_KEYS_MAX * (BOUNDS_KEY_MAX + 16),
};

struct account;
struct turn;

struct request {
    struct list_link link;
    uint64_t router;         /* The connection that it came by, ... */
    uint32_t number;         /* ... and its number there. */
    uint64_t client;         /* The client's name there, for pushes. */
    uint64_t session;        /* The router's, in which it was sent. */
    uint64_t device;         /* 0 for a backend. */
    uint64_t token;          /* Number of the token that it was sent under. */
    struct voucher *voucher; /* That token, once it was found; held. */
    struct bytes user;
    uint32_t partition;
    uint64_t deadline_ms;   /* Never evaluated after it. */
    struct message message; /* What the client asks; UPDATE, SYNC, ... */
    struct arena arena;     /* Its memory, and that of a small answer. */
    size_t bytes;           /* What it counts for in queues. */

    /* While it is judged; in the arena of its turn. */
    union {
        struct update update;
        struct push_request push;
    };
    struct push_answer push_answer; /* SYNC. */
    bool is_unlogged;  /* Its answer is in no record: see node/refusals.h. */
    struct turn *turn; /* Whose arena it borrows from until it is answered. */

    /* The answer: a message, or the frame that a worker has encoded. */
    struct message answer;
    struct buffer frame;
    bool has_frame;
    /* What its client's answers take; NULL: nobody counts. A read that finds no
       room there comes back held, with no answer, and is ordered again. */
    struct account *account;
    size_t charged_bytes; /* By this one's frame. */
    bool is_held;
    bool is_stale_read; /* By a copy that is not the master's, ... */
    bool is_behind;     /* ... which does not reach what was asked for. */
    /* Reads: values due by `now_us` are not shown; the keys of those that were
       met are in the request's arena. */
    uint64_t now_us;
    size_t due_mark; /* Of the arena, where they begin. */
    struct bytes due_keys[REQUEST_DUE_KEYS_MAX];
    size_t due_key_count;
};

/*
 * True for a SYNC whose pushes were judged in an earlier turn: it has another
 * for values that are due. No answer may say that it was not done.
 */
bool request_was_judged(const struct request *request);

#endif
