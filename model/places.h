/*
 * How far a watch of all users has been told: a log index for each partition.
 *
 * As bytes: 'V', the count, then every index in order; or 'P', a partition and
 * its index, which moves that one on. All numbers are LEB128. What a client
 * keeps to resume is the first form; each event brings the second.
 *
 * PLACES_UNTOLD stands for a partition of which the one who speaks tells
 * nothing: another node does.
 */
#ifndef DALV_MODEL_PLACES_H
#define DALV_MODEL_PLACES_H

#include "base/bytes.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    PLACES_COUNT_MAX = 65536,
    PLACES_MOVE_BYTES_MAX = 1 + 3 + 10,
};

#define PLACES_UNTOLD UINT64_MAX

/* Room that places_put needs at most. */
size_t places_bytes_max(size_t count);

/* Put all of them; the writer has room. */
void places_put(struct writer *writer, const uint64_t *indexes, size_t count);

/* Put that one of them has moved on; PLACES_MOVE_BYTES_MAX. */
void places_put_move(struct writer *writer, uint32_t partition, uint64_t index);

/* The count that 'V' bytes tell; 0 if they are not of that form. */
size_t places_count(struct bytes bytes);

/*
 * Take over what either form says, and leave what it calls untold as it is.
 * DALV_INVALID, and nothing changed, if it is
 * neither, if the count is another one, or the partition is none of them.
 */
DALV_MUST_CHECK enum dalv_status places_take(struct bytes bytes,
                                             uint64_t *indexes, size_t count);

#endif
