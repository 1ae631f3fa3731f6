/*
 * A frame: what one message is on the wire.
 *
 *     offset  size    what
 *     0       1       format version, FRAME_VERSION
 *     1       1       message type, enum message_type
 *     2       1 - 5   request number, LEB128 in its shortest form
 *     then            the body, as proto/dalv.proto describes it
 *
 * The header is the same in every version, for ever: so whoever does not
 * understand a frame can still refuse it by its request number.
 */
#ifndef DALV_PROTO_FRAME_H
#define DALV_PROTO_FRAME_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdint.h>

enum {
    FRAME_VERSION = 1,
    FRAME_HEADER_BYTES_MAX = 7,
};

struct frame {
    uint8_t version;
    uint8_t type; /* Any number: a newer peer may know more messages. */
    uint32_t request;
    struct bytes body; /* Borrowed. */
};

/*
 * Take a frame apart, of whatever version. DALV_PROTOCOL if the header is cut
 * off, the version is 0, or the request number is over-long or over 32 bits.
 */
DALV_MUST_CHECK enum dalv_status frame_decode(struct bytes bytes,
                                              struct frame *out_frame);

/*
 * Write the header of a frame of version FRAME_VERSION; the body follows it.
 * Takes FRAME_HEADER_BYTES_MAX bytes at most.
 */
void frame_put_header(struct writer *writer, uint8_t type, uint32_t request);

#endif
