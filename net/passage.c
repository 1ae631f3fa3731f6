#include "net/passage.h"

#include "base/assert.h"
#include "net/parcel_internal.h"

#include <stdlib.h>

struct passage *passage_create(uint64_t peer)
{
    struct passage *passage = calloc(1, sizeof(*passage));

    ASSERT(passage != NULL);
    passage->peer = peer;
    passage->has_server = true;
    passage->has_client = true;
    return passage;
}

static void put(struct passage_queue *queue, struct parcel *parcel)
{
    parcel->next = NULL;
    parcel->queued_bytes = parcel_bytes(parcel) + sizeof(*parcel);
    if (queue->last != NULL)
        queue->last->next = parcel;
    else
        queue->first = parcel;
    queue->last = parcel;
    queue->bytes += parcel->queued_bytes;
}

static struct parcel *take(struct passage_queue *queue)
{
    struct parcel *parcel = queue->first;

    if (parcel == NULL)
        return NULL;
    queue->first = parcel->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->bytes -= parcel->queued_bytes;
    parcel->next = NULL;
    return parcel;
}

static void clear(struct passage_queue *queue)
{
    struct parcel *parcel;

    while ((parcel = take(queue)) != NULL)
        parcel_destroy(&parcel);
}

static bool has_room(const struct passage_queue *queue,
                     const struct parcel *parcel, size_t bytes_max)
{
    return queue->first == NULL ||
           (queue->bytes <= bytes_max &&
            parcel_bytes(parcel) <= bytes_max - queue->bytes);
}

static void leave_server(struct passage *passage)
{
    clear(&passage->to_server);
    passage->has_server = false;
    if (!passage->has_client)
        free(passage);
}

void passage_leave_client(struct passage **passage_p)
{
    struct passage *passage = *passage_p;

    *passage_p = NULL;
    clear(&passage->to_client);
    passage->has_client = false;
    if (!passage->has_server)
        free(passage);
}

enum dalv_status passage_send(struct passage *passage, struct parcel **parcel_p,
                              size_t bytes_max)
{
    enum dalv_status status = DALV_OK;

    if (!passage->has_server)
        status = DALV_UNAVAILABLE;
    else if (!has_room(&passage->to_server, *parcel_p, bytes_max))
        status = DALV_BUSY;
    if (status != DALV_OK) {
        parcel_destroy(parcel_p);
        return status;
    }
    parcel_set_peer(*parcel_p, passage->peer);
    put(&passage->to_server, *parcel_p);
    *parcel_p = NULL;
    return DALV_OK;
}

struct parcel *passage_take(struct passage *passage)
{
    return take(&passage->to_client);
}

void passages_leave_server(struct passage **first_p)
{
    while (*first_p != NULL) {
        struct passage *passage = *first_p;

        *first_p = passage->next;
        leave_server(passage);
    }
}

static struct passage *find(struct passage *first, uint64_t peer)
{
    while (first != NULL && first->peer != peer)
        first = first->next;
    return first;
}

static void give_up(struct passage *passage)
{
    clear(&passage->to_client);
    passage->is_given_up = true;
}

enum dalv_status passages_send(struct passage *first, struct parcel **parcel_p,
                               size_t bytes_max)
{
    struct passage *passage = find(first, parcel_peer(*parcel_p));

    if (passage == NULL || !passage->has_client || passage->is_given_up) {
        parcel_destroy(parcel_p);
        return DALV_UNAVAILABLE;
    }
    if (!has_room(&passage->to_client, *parcel_p, bytes_max)) {
        parcel_destroy(parcel_p);
        give_up(passage);
        return DALV_UNAVAILABLE;
    }
    parcel_set_peer(*parcel_p, PARCEL_ONLY_PEER);
    put(&passage->to_client, *parcel_p);
    *parcel_p = NULL;
    return DALV_OK;
}

/* Whoever had its turn waits behind the others; who is gone leaves the list. */
static void rotate(struct passage **first_p)
{
    struct passage *passage = *first_p;
    struct passage **last_p = first_p;

    *first_p = passage->next;
    passage->next = NULL;
    if (!passage->has_client && passage->to_server.first == NULL) {
        leave_server(passage);
        return;
    }
    while (*last_p != NULL)
        last_p = &(*last_p)->next;
    *last_p = passage;
}

struct parcel *passages_take(struct passage **first_p)
{
    const struct passage *start = *first_p;
    struct parcel *parcel = NULL;

    while (*first_p != NULL && parcel == NULL) {
        parcel = take(&(*first_p)->to_server);
        rotate(first_p);
        if (*first_p == start)
            break;
    }
    return parcel;
}

bool passages_are_empty(const struct passage *first)
{
    while (first != NULL && first->to_server.first == NULL)
        first = first->next;
    return first == NULL;
}
