/*
 * Who waits for something: a first-in, first-out ring of items that carry their
 * own link, with leaving from the middle. It owns nothing and cannot be full.
 *
 * Unlike base/list.h, putting in what waits already, and taking out what does
 * not, mean nothing: thousands of partitions cost what the few that changed do.
 */
#ifndef DALV_REPLICATION_QUEUE_H
#define DALV_REPLICATION_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct queue_link {
    struct queue_link *next; /* NULL: in no queue. */
    struct queue_link *previous;
};

struct queue {
    struct queue_link head;
};

void queue_init(struct queue *queue);
bool queue_is_empty(const struct queue *queue);
/* At the end, unless the link is in a queue. */
void queue_put(struct queue *queue, struct queue_link *link);
/* At the end, wherever in this queue it was. */
void queue_renew(struct queue *queue, struct queue_link *link);
/* A link that is in no queue is fine. */
void queue_remove(struct queue_link *link);
/* The first, taken out; NULL if there is none. */
struct queue_link *queue_take(struct queue *queue);
/* Walk: the first, and the one behind; NULL at the end. */
struct queue_link *queue_first(const struct queue *queue);
struct queue_link *queue_next(const struct queue *queue,
                              const struct queue_link *link);

/* How many wait, counted up to `max`. */
size_t queue_count(const struct queue *queue, size_t max);

/* The item that holds `link` as its member `member`; NULL for NULL. */
#define QUEUE_ITEM(link, type, member)                                         \
    ((type *)queue_item((link), offsetof(type, member)))
void *queue_item(struct queue_link *link, size_t offset);

#endif
