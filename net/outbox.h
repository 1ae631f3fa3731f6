/*
 * What waits for peers that take nothing at the moment: a queue for each such
 * peer, bounded in bytes. Peers that take what they are sent have none.
 *
 * A peer whose queue would exceed its bound is given up: the queue is emptied
 * and nothing more is taken for the peer until it was told so.
 */
#ifndef DALV_NET_OUTBOX_H
#define DALV_NET_OUTBOX_H

#include "net/parcel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox {
    uint64_t peer;
    struct parcel *first;
    struct parcel *last;
    size_t bytes;
    size_t charged_bytes; /* Of them, those that count in an account. */
    bool is_given_up;
    struct outbox *next_in_bucket;
    struct outbox *before; /* In the order of retries. */
    struct outbox *behind;
};

enum {
    OUTBOX_BUCKETS = 1024,
};

struct outboxes {
    struct outbox *buckets[OUTBOX_BUCKETS];
    struct outbox *first; /* Whose turn to be retried it is. */
    struct outbox *last;
    size_t count;
    size_t bytes; /* Of all. */
};

void outboxes_init(struct outboxes *boxes);
/* Throws away what waits. */
void outboxes_deinit(struct outboxes *boxes);

/* The peer's queue, or NULL if nothing waits for it. */
struct outbox *outboxes_find(const struct outboxes *boxes, uint64_t peer);
/* A new queue for a peer that has none; its turn comes last. */
struct outbox *outboxes_add(struct outboxes *boxes, uint64_t peer);
/* Throw away the queue with what is in it; the caller's pointer is NULL. */
void outboxes_remove(struct outboxes *boxes, struct outbox **box_p);
/* Let all others have their turn before this one. */
void outboxes_move_last(struct outboxes *boxes, struct outbox *box);

/* Takes the parcel. */
void outbox_put(struct outboxes *boxes, struct outbox *box,
                struct parcel **parcel_p);
/* Gives the first parcel; there is one. */
struct parcel *outbox_take(struct outboxes *boxes, struct outbox *box);
/* Throw away all parcels. */
void outbox_clear(struct outboxes *boxes, struct outbox *box);

#endif
