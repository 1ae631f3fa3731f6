#include "replication/queue.h"

void queue_init(struct queue *queue)
{
    queue->head.next = &queue->head;
    queue->head.previous = &queue->head;
}

bool queue_is_empty(const struct queue *queue)
{
    return queue->head.next == &queue->head;
}

void queue_put(struct queue *queue, struct queue_link *link)
{
    if (link->next != NULL)
        return;
    link->next = &queue->head;
    link->previous = queue->head.previous;
    link->previous->next = link;
    queue->head.previous = link;
}

void queue_renew(struct queue *queue, struct queue_link *link)
{
    queue_remove(link);
    queue_put(queue, link);
}

void queue_remove(struct queue_link *link)
{
    if (link->next == NULL)
        return;
    link->next->previous = link->previous;
    link->previous->next = link->next;
    *link = (struct queue_link){0};
}

struct queue_link *queue_take(struct queue *queue)
{
    struct queue_link *first = queue_first(queue);

    if (first != NULL)
        queue_remove(first);
    return first;
}

struct queue_link *queue_first(const struct queue *queue)
{
    return queue_next(queue, &queue->head);
}

struct queue_link *queue_next(const struct queue *queue,
                              const struct queue_link *link)
{
    return link->next == &queue->head ? NULL : link->next;
}

size_t queue_count(const struct queue *queue, size_t max)
{
    const struct queue_link *link = queue_first(queue);
    size_t count = 0;

    for (; link != NULL && count < max; link = queue_next(queue, link))
        count++;
    return count;
}

void *queue_item(struct queue_link *link, size_t offset)
{
    return link == NULL ? NULL : (char *)link - offset;
}
