/*
 * One socket: of a server, which answers many peers, or of whoever connects to
 * one; or the same between two parts of one thread. Parcels go out and come in
 * without ever waiting.
 *
 * ZeroMQ drops silently, blocks for ever, or tells nobody when a peer is gone,
 * depending on how it is asked. An endpoint asks it in the one way in which it
 * does neither: a parcel is handed to ZeroMQ, or waits in a queue of the peer
 * bounded in bytes, or its owner hears that it was not taken. That it was taken
 * means nothing more: only an answer proves that it arrived.
 *
 * A bound endpoint gives up a peer that does not read, alone: what waits for it
 * is thrown away, and nothing is sent to it until it was told so by an empty
 * frame. To itself that peer is then disconnected, and it begins again.
 *
 * An endpoint belongs to one thread.
 */
#ifndef DALV_NET_ENDPOINT_H
#define DALV_NET_ENDPOINT_H

#include "base/status.h"
#include "net/curve_key.h"
#include "net/gatekeeper.h"
#include "net/parcel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum endpoint_role {
    ENDPOINT_FOR_CLIENTS, /* A router's, bound; clients may be anybody. */
    ENDPOINT_FOR_SERVERS, /* A node's, bound; for routers and other nodes. */
    ENDPOINT_TO_ROUTER,   /* A client's, connects. */
    ENDPOINT_TO_NODE,     /* A router's or a node's, connects. */
};

/* Who one is on an encrypted connection, and whom one speaks to. */
struct endpoint_keys {
    struct curve_pair own;
    enum gate gate;          /* Bound: who decides whom it lets in. */
    struct curve_key server; /* Connecting: whom it expects there. */
};

struct endpoint_options {
    enum endpoint_role role;
    /*
     * "tcp://127.0.0.1:7470", "tcp://[::1]:7470", or a `*` for a free port.
     * Without keys any other host is refused; with keys it may be a name as
     * well, or `*` for all of the machine. NULL: within the process, ...
     */
    const char *address;
    /*
     * ... without ZeroMQ, between endpoints of one thread. A bound one is met
     * by those that name it here; whichever goes first, the other hears of it.
     */
    struct endpoint *within;
    const struct endpoint_keys *keys; /* NULL for none; copied. */
    size_t frame_bytes_max;           /* 0 for BOUNDS_MESSAGE_BYTES_MAX. */
    /*
     * What one peer may leave untaken: of clients all that was sent, frames
     * below 4 KiB that lie with ZeroMQ apart, of which it holds 64 at most; of
     * others what waits in a queue of ours. 0 for 4 MiB.
     */
    size_t queue_bytes_max;
    size_t total_bytes_max; /* The same of all clients; 0 for no bound. */
};

enum endpoint_event_type {
    ENDPOINT_RECEIVED,
    /* Connecting endpoints only. There is a connection: nothing was sent on it.
       There is none any more: what was not answered may have been lost. */
    ENDPOINT_CONNECTED,
    ENDPOINT_DISCONNECTED,
    /* Connecting endpoints with keys: the peer does not let us in, or is not
       whom we expect. ZeroMQ does not try again: close it. */
    ENDPOINT_REFUSED,
};

struct endpoint_event {
    enum endpoint_event_type type;
    struct parcel *parcel; /* RECEIVED: owned by whoever asked. */
};

struct endpoint_counters {
    uint64_t received;
    uint64_t sent;
    uint64_t queued;         /* Of those, after waiting in a queue. */
    uint64_t refused_frames; /* Parcels with no frame, or too many. */
    uint64_t refused_peers;  /* Parcels of peers that chose their own id. */
    uint64_t gave_up;        /* Peers. */
    uint64_t lost;           /* Peers. */
    uint64_t thrown_away;    /* Parcels to peers that were not there. */
};

struct endpoint;

/*
 * DALV_INVALID for an address that can not, or must not, be used, with keys
 * within the process, say; DALV_LOCKED if it is bound already.
 */
DALV_MUST_CHECK enum dalv_status endpoint_open(
    const struct endpoint_options *options, struct endpoint **out_endpoint);
/* Throws away what was not sent yet. */
void endpoint_close(struct endpoint **endpoint_p);

/*
 * Send a parcel to its peer. Takes it always.
 *
 * DALV_OK           handed over, or waiting;
 * DALV_UNAVAILABLE  the peer is not there any more, or was given up: forget it.
 *                   Of a connecting endpoint: there is no connection;
 * DALV_BUSY         a connecting endpoint's queue is full.
 */
DALV_MUST_CHECK enum dalv_status endpoint_send(struct endpoint *endpoint,
                                               struct parcel **parcel_p);

/* The next event, if there is one, without waiting. */
bool endpoint_receive(struct endpoint *endpoint,
                      struct endpoint_event *out_event);

/*
 * Try again to send what waits, to a number of peers in turn. True if
 * something still waits: then come again, after some milliseconds.
 */
bool endpoint_flush(struct endpoint *endpoint);

/* The address that was bound, with its port, or nothing; borrowed. */
const char *endpoint_address(const struct endpoint *endpoint);
struct endpoint_counters endpoint_counters(const struct endpoint *endpoint);
/* Bytes that wait for all peers behind ZeroMQ. */
size_t endpoint_waiting_bytes(const struct endpoint *endpoint);
/* Of an endpoint for clients: what they have not taken, as the bounds count. */
size_t endpoint_untaken_bytes(const struct endpoint *endpoint);

/*
 * What to poll for: the socket and, or NULL, the one that hears of its
 * connection. Handles of ZeroMQ; both NULL within the process.
 */
void *endpoint_socket(const struct endpoint *endpoint);
void *endpoint_monitor(const struct endpoint *endpoint);

/*
 * The same as descriptors for poll(), or -1. They tell of what comes only while
 * the endpoint is drained: the last endpoint_receive found nothing, and nothing
 * was sent since. Within the process, where nothing has to be waited for, it
 * says whether something is there.
 */
int endpoint_descriptor(const struct endpoint *endpoint);
int endpoint_monitor_descriptor(const struct endpoint *endpoint);
bool endpoint_is_drained(const struct endpoint *endpoint);

/*
 * For who has one endpoint, with an address, and no loop: wait until it may
 * have an event, at most `timeout_ms`. May end sooner. NULL only waits.
 */
void endpoint_wait(const struct endpoint *endpoint, int timeout_ms);

#endif
