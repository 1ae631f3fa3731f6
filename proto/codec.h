/*
 * Messages to frames and back.
 *
 * A frame comes from outside. Before anything is allocated its body is walked
 * once: no field that is single may come twice, no list may be longer than its
 * bound, no number over-long or out of range, no field of another wire type;
 * fields that this version does not know are passed over, within a budget.
 * Only then the body is unpacked, into an arena of fixed size.
 *
 * Both directions check the same bounds, those of proto/codec_shapes.c: what
 * encodes, decodes.
 */
#ifndef DALV_PROTO_CODEC_H
#define DALV_PROTO_CODEC_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/message.h"

#include <stddef.h>

enum {
    /* What no frame can exceed in an arena, whatever it holds. */
    CODEC_ARENA_BYTES_MAX = 8 << 20,
    /* Fields unknown to this version, in one frame: how many, and the bytes
       that they hold. Enough for what a few versions may add. */
    CODEC_UNKNOWN_FIELDS_MAX = 64,
    CODEC_UNKNOWN_BYTES_MAX = 4096,
};

/*
 * An arena with this much left holds whatever a frame of `frame_bytes` decodes
 * to; at most CODEC_ARENA_BYTES_MAX.
 */
size_t codec_arena_bytes(size_t frame_bytes);

/*
 * What the frame says. Pointers of the message are borrowed from the arena
 * (bytes are copied once), not from the frame.
 *
 * DALV_PROTOCOL   malformed;
 * DALV_UNSUPPORTED  a newer version, or a message type that is not known;
 * DALV_INVALID    a field that must be there is not, a user id or text is no
 *                 UTF-8, a number is out of range;
 * DALV_TOO_BIG    beyond a bound, or the arena is used up.
 *
 * After a failure the arena holds what it held before.
 */
DALV_MUST_CHECK enum dalv_status codec_decode(struct bytes frame,
                                              struct arena *arena,
                                              struct message *out_message);

/*
 * Append the message's frame to `out`, and nothing after a failure.
 *
 * DALV_INVALID or DALV_TOO_BIG if a field is outside its bound, DALV_TOO_BIG
 * if the frame would exceed BOUNDS_MESSAGE_BYTES_MAX, DALV_NO_MEMORY. Bytes are
 * copied once, into `out`; the room behind its end serves as scratch memory.
 */
DALV_MUST_CHECK enum dalv_status codec_encode(const struct message *message,
                                              struct buffer *out);

#endif
