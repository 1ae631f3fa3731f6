/*
 * A parcel, as endpoint.c fills and empties it. Private to net.
 */
#ifndef DALV_NET_PARCEL_INTERNAL_H
#define DALV_NET_PARCEL_INTERNAL_H

#include "net/parcel.h"

#include <zmq.h>

struct parcel {
    struct parcel *next; /* In the queue that it waits in. */
    size_t queued_bytes; /* What it counts for in that queue. */
    uint64_t peer;
    size_t charged_bytes; /* Of its frames that count in an account. */
    size_t count;
    zmq_msg_t frames[PARCEL_FRAMES_MAX]; /* The first `count` are set up. */
};

#endif
