/*
 * Places to go on from, as the opaque bytes that clients give back.
 *
 * They are clients' input when they return: read with suspicion.
 */
#ifndef DALV_NODE_RESUME_H
#define DALV_NODE_RESUME_H

#include "base/bounds.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/message.h"
#include "storage/index.h"

enum {
    RESUME_BYTES_MAX = 48 + BOUNDS_KEY_MAX
};

/* The writer has room for RESUME_BYTES_MAX. */
void resume_put_feed(struct writer *writer,
                     const struct feed_position *position);
void resume_put_range(struct writer *writer,
                      const struct range_position *position);

/* DALV_INVALID if the bytes are not what was given. Keys are borrowed. */
DALV_MUST_CHECK enum dalv_status resume_get_feed(
    struct bytes bytes, struct feed_position *out_position);
DALV_MUST_CHECK enum dalv_status resume_get_range(
    struct bytes bytes, struct range_position *out_position);

/*
 * Where a RANGE begins: where the one before ended, behind a key, or behind
 * some parts of a value. DALV_INVALID as above.
 */
DALV_MUST_CHECK enum dalv_status resume_find_range(
    const struct message_range *range, struct range_position *out_position);

#endif
