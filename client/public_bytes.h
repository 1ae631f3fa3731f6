/*
 * The two faces of borrowed bytes: the SDK's and ours.
 */
#ifndef DALV_CLIENT_PUBLIC_BYTES_H
#define DALV_CLIENT_PUBLIC_BYTES_H

#include "base/bytes.h"
#include "client/dalv.h"

struct bytes public_bytes_in(struct dalv_bytes bytes);

/* Never with a NULL pointer: callers may hand it on to memcpy. */
struct dalv_bytes public_bytes_out(struct bytes bytes);

#endif
