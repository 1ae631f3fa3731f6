/*
 * One message of the transport on its way: a peer, and one or two frames.
 *
 * A parcel that was received holds what ZeroMQ received, without a copy; its
 * frames can be looked at, and the parcel, as it is or with a frame more or
 * less, sent on to another peer. Whoever holds the parcel owns it.
 */
#ifndef DALV_NET_PARCEL_H
#define DALV_NET_PARCEL_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "net/account.h"
#include "net/curve_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PARCEL_FRAMES_MAX = 2,
    /* Smaller ones are few bytes even where a transport keeps many. */
    PARCEL_CHARGED_BYTES_MIN = 4096,
};

/* The peer of a connecting endpoint, which has only one. */
#define PARCEL_ONLY_PEER UINT64_C(0)

struct parcel;

/* An empty parcel for a peer. Ends the process if there is no memory. */
struct parcel *parcel_create(uint64_t peer);
void parcel_destroy(struct parcel **parcel_p);

/* From whom it came, or to whom it goes. */
uint64_t parcel_peer(const struct parcel *parcel);
void parcel_set_peer(struct parcel *parcel, uint64_t peer);

/*
 * Whose key the peer proved to have when it connected. False if it came by an
 * endpoint without keys, and for a parcel that was not received.
 */
bool parcel_sender(const struct parcel *parcel, struct curve_key *out_key);

size_t parcel_frame_count(const struct parcel *parcel);
/* Borrowed until that frame is taken out, or the parcel is given away. */
struct bytes parcel_frame(const struct parcel *parcel, size_t index);
/* Of all frames. */
size_t parcel_bytes(const struct parcel *parcel);

/* Put a copy of `frame` before or behind the others; there is room for it. */
void parcel_push_front(struct parcel *parcel, struct bytes frame);
void parcel_push_back(struct parcel *parcel, struct bytes frame);
/*
 * Put what `buffer` holds behind the others. A large one gives its memory away
 * instead of being copied; either way it is empty afterwards.
 */
void parcel_push_buffer(struct parcel *parcel, struct buffer *buffer);
/*
 * Charge the frames of PARCEL_CHARGED_BYTES_MIN and more to an account, each
 * until its memory goes. Done once for a parcel.
 */
void parcel_charge(struct parcel *parcel, struct account *account);
/* Of the frames that parcel_charge would charge. */
size_t parcel_chargeable_bytes(const struct parcel *parcel);
/* Throw the first frame away; there is one. */
void parcel_pop_front(struct parcel *parcel);

#endif
