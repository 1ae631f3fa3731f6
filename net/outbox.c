#include "net/outbox.h"

#include "base/assert.h"
#include "net/parcel_internal.h"

#include <stdlib.h>

enum {
    /* What a parcel takes beside its bytes, so that many empty ones count. */
    PARCEL_OVERHEAD_BYTES = sizeof(struct parcel),
};

/* Peers are numbered one by one: their last bits spread them evenly. */
static size_t bucket_of(uint64_t peer)
{
    return (size_t)(peer % OUTBOX_BUCKETS);
}

void outboxes_init(struct outboxes *boxes)
{
    *boxes = (struct outboxes){0};
}

void outboxes_deinit(struct outboxes *boxes)
{
    while (boxes->first != NULL) {
        struct outbox *box = boxes->first;

        outboxes_remove(boxes, &box);
    }
}

struct outbox *outboxes_find(const struct outboxes *boxes, uint64_t peer)
{
    struct outbox *box = boxes->buckets[bucket_of(peer)];

    while (box != NULL && box->peer != peer)
        box = box->next_in_bucket;
    return box;
}

static void link_last(struct outboxes *boxes, struct outbox *box)
{
    box->behind = NULL;
    box->before = boxes->last;
    if (boxes->last != NULL)
        boxes->last->behind = box;
    else
        boxes->first = box;
    boxes->last = box;
}

static void unlink_turn(struct outboxes *boxes, struct outbox *box)
{
    if (box->before != NULL)
        box->before->behind = box->behind;
    else
        boxes->first = box->behind;
    if (box->behind != NULL)
        box->behind->before = box->before;
    else
        boxes->last = box->before;
}

struct outbox *outboxes_add(struct outboxes *boxes, uint64_t peer)
{
    struct outbox *box = calloc(1, sizeof(*box));
    struct outbox **bucket = &boxes->buckets[bucket_of(peer)];

    ASSERT(box != NULL);
    box->peer = peer;
    box->next_in_bucket = *bucket;
    *bucket = box;
    link_last(boxes, box);
    boxes->count++;
    return box;
}

void outboxes_remove(struct outboxes *boxes, struct outbox **box_p)
{
    struct outbox *box = *box_p;
    struct outbox **link = &boxes->buckets[bucket_of(box->peer)];

    outbox_clear(boxes, box);
    while (*link != box)
        link = &(*link)->next_in_bucket;
    *link = box->next_in_bucket;
    unlink_turn(boxes, box);
    boxes->count--;
    free(box);
    *box_p = NULL;
}

void outboxes_move_last(struct outboxes *boxes, struct outbox *box)
{
    unlink_turn(boxes, box);
    link_last(boxes, box);
}

void outbox_put(struct outboxes *boxes, struct outbox *box,
                struct parcel **parcel_p)
{
    struct parcel *parcel = *parcel_p;

    *parcel_p = NULL;
    parcel->next = NULL;
    /* Remembered: once it is sent, its frames are empty. */
    parcel->queued_bytes = parcel_bytes(parcel) + PARCEL_OVERHEAD_BYTES;

    if (box->last != NULL)
        box->last->next = parcel;
    else
        box->first = parcel;
    box->last = parcel;
    box->bytes += parcel->queued_bytes;
    box->charged_bytes += parcel->charged_bytes;
    boxes->bytes += parcel->queued_bytes;
}

struct parcel *outbox_take(struct outboxes *boxes, struct outbox *box)
{
    struct parcel *parcel = box->first;

    ASSERT(parcel != NULL);
    box->first = parcel->next;
    if (box->first == NULL)
        box->last = NULL;
    box->bytes -= parcel->queued_bytes;
    box->charged_bytes -= parcel->charged_bytes;
    boxes->bytes -= parcel->queued_bytes;
    parcel->next = NULL;
    return parcel;
}

void outbox_clear(struct outboxes *boxes, struct outbox *box)
{
    while (box->first != NULL) {
        struct parcel *parcel = outbox_take(boxes, box);

        parcel_destroy(&parcel);
    }
}
