/*
 * The way between two endpoints of one thread: a queue of parcels in each
 * direction, and nothing between them that could lose one, or that has to be
 * woken. A bound endpoint may have several, each to a peer of its own.
 * Private to net.
 *
 * A queue is bounded in bytes. To the server, what does not fit is not taken;
 * a client that lets its own queue fill is given up: it is emptied, and
 * nothing is taken for it until it has heard so.
 */
#ifndef DALV_NET_PASSAGE_H
#define DALV_NET_PASSAGE_H

#include "base/status.h"
#include "net/parcel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct passage_queue {
    struct parcel *first;
    struct parcel *last;
    size_t bytes;
};

struct passage {
    struct passage *next; /* Of the same server. */
    uint64_t peer;        /* The client, as the server names it. */
    struct passage_queue to_server;
    struct passage_queue to_client;
    bool is_given_up; /* The client, and it has not heard so. */
    bool has_server;
    bool has_client;
};

/* Ends the process if there is no memory. */
struct passage *passage_create(uint64_t peer);
/*
 * An end goes, with what waits for it. The passage goes with the server; or
 * with the client, if the server has gone before.
 */
void passage_leave_client(struct passage **passage_p);

/*
 * Takes the parcel always. A queue that is empty has room for any parcel.
 * DALV_UNAVAILABLE: the server is gone; DALV_BUSY: no room.
 */
DALV_MUST_CHECK enum dalv_status passage_send(struct passage *passage,
                                              struct parcel **parcel_p,
                                              size_t bytes_max);
/* The next parcel for the client; NULL if there is none. */
struct parcel *passage_take(struct passage *passage);

/* All passages of one server, in a list whose first is given. */

void passages_leave_server(struct passage **first_p);
/*
 * To the client that the parcel's peer names. Takes the parcel always.
 * DALV_UNAVAILABLE: the client is gone, or given up.
 */
DALV_MUST_CHECK enum dalv_status passages_send(struct passage *first,
                                               struct parcel **parcel_p,
                                               size_t bytes_max);
/* The next parcel, of each client in turn; NULL if there is none. */
struct parcel *passages_take(struct passage **first_p);
bool passages_are_empty(const struct passage *first);

#endif
