#include "base/assert.h"
#include "net/endpoint_internal.h"

void endpoint_within_connect(struct endpoint *endpoint, struct endpoint *server)
{
    uint64_t peer = ENDPOINT_PEER_FLAG | server->passage_count++;

    ASSERT(server->is_bound && server->socket == NULL);
    ASSERT(!endpoint->is_bound && endpoint->socket == NULL);
    endpoint->passages = passage_create(peer);
    endpoint->passages->next = server->passages;
    server->passages = endpoint->passages;
    /* There is no connection to wait for, and none to lose. */
    endpoint->is_connected_due = true;
}

void endpoint_within_leave(struct endpoint *endpoint)
{
    if (endpoint->is_bound)
        passages_leave_server(&endpoint->passages);
    else
        passage_leave_client(&endpoint->passages);
}

enum dalv_status endpoint_within_send(struct endpoint *endpoint,
                                      struct parcel **parcel_p)
{
    size_t bytes_max = endpoint->queue_bytes_max;
    enum dalv_status status =
        endpoint->is_bound
            ? passages_send(endpoint->passages, parcel_p, bytes_max)
            : passage_send(endpoint->passages, parcel_p, bytes_max);

    if (status == DALV_OK)
        endpoint->counters.sent++;
    else
        endpoint->counters.thrown_away++;
    return status;
}

/* A connecting endpoint that was given up begins again. */
static bool is_lost(const struct endpoint *endpoint)
{
    const struct passage *passage = endpoint->passages;

    return !endpoint->is_bound && endpoint->is_connected &&
           (passage->is_given_up || !passage->has_server);
}

bool endpoint_within_receive(struct endpoint *endpoint,
                             struct endpoint_event *out_event)
{
    struct passage *passage = endpoint->passages;
    struct parcel *parcel = NULL;

    if (is_lost(endpoint)) {
        endpoint->is_connected_due = passage->has_server;
        passage->is_given_up = false;
        return endpoint_note_connection(endpoint, false, out_event);
    }
    if (endpoint->is_bound)
        parcel = passages_take(&endpoint->passages);
    else
        parcel = passage_take(passage);
    if (parcel == NULL)
        return false;
    endpoint->counters.received++;
    *out_event =
        (struct endpoint_event){.type = ENDPOINT_RECEIVED, .parcel = parcel};
    return true;
}

bool endpoint_within_is_drained(const struct endpoint *endpoint)
{
    const struct passage *passage = endpoint->passages;

    if (endpoint->is_bound)
        return passages_are_empty(passage);
    return !endpoint->is_connected_due && !is_lost(endpoint) &&
           passage->to_client.first == NULL;
}
