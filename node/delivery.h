/*
 * A message of a master, kept while the log's thread reads entries from it:
 * what came over the network is copied once, into the log.
 *
 * The loop's thread alone holds and releases it.
 */
#ifndef DALV_NODE_DELIVERY_H
#define DALV_NODE_DELIVERY_H

#include "net/parcel.h"

#include <stddef.h>

struct delivery {
    struct parcel *parcel;
    size_t order_count; /* Orders that read from it. */
};

/* Takes the parcel, whose frames stay where they are; nobody holds it yet. */
struct delivery *delivery_create(struct parcel **parcel_p);

void delivery_hold(struct delivery *delivery);
/* The last one to let go destroys it with its parcel. */
void delivery_release(struct delivery **delivery_p);

#endif
