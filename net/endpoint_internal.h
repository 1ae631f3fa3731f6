/*
 * An endpoint from inside: over a socket of ZeroMQ (endpoint.c), or within the
 * process (endpoint_within.c). Private to net.
 */
#ifndef DALV_NET_ENDPOINT_INTERNAL_H
#define DALV_NET_ENDPOINT_INTERNAL_H

#include "net/account.h"
#include "net/endpoint.h"
#include "net/outbox.h"
#include "net/passage.h"

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ENDPOINT_ADDRESS_BYTES = 256,
};

/* Tells the ids of peers from PARCEL_ONLY_PEER. */
#define ENDPOINT_PEER_FLAG (UINT64_C(1) << 32)

struct endpoint {
    zsock_t *socket;  /* NULL without an address. */
    zsock_t *monitor; /* Connecting by TCP; else NULL. */
    void *handle;     /* ZeroMQ's, of `socket`. */
    /* Without: to the server, or a list of those to all clients. */
    struct passage *passages;
    uint32_t passage_count; /* Ever made with this server. */
    int descriptor;
    int monitor_descriptor; /* Or NO_DESCRIPTOR. */
    bool is_drained;
    bool is_bound;
    bool is_connected;     /* Connecting endpoints. */
    bool is_connected_due; /* To be told of. */
    size_t queue_bytes_max;
    bool is_for_clients;
    struct accounts accounts; /* Of clients: what they have not taken. */
    struct outboxes boxes;
    struct endpoint_counters counters;
    char address[ENDPOINT_ADDRESS_BYTES];
};

/*
 * A connecting endpoint got or lost its connection: true with an event, if
 * that is new.
 */
bool endpoint_note_connection(struct endpoint *endpoint, bool is_connected,
                              struct endpoint_event *out_event);

/* Of an endpoint without a socket, what endpoint.h says of all of them. */
void endpoint_within_connect(struct endpoint *endpoint,
                             struct endpoint *server);
void endpoint_within_leave(struct endpoint *endpoint);
DALV_MUST_CHECK enum dalv_status endpoint_within_send(struct endpoint *endpoint,
                                                      struct parcel **parcel_p);
bool endpoint_within_receive(struct endpoint *endpoint,
                             struct endpoint_event *out_event);
bool endpoint_within_is_drained(const struct endpoint *endpoint);

#endif
