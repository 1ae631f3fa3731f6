/*
 * What all parts of the map have in common as bytes: a part begins with its
 * format version, which is the same for all of them as yet.
 */
#ifndef DALV_CLUSTER_PART_H
#define DALV_CLUSTER_PART_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdint.h>

/* Write the version. */
void part_begin(struct writer *writer);

/*
 * Read it. DALV_PROTOCOL if there is none, DALV_UNSUPPORTED for a newer one;
 * then nothing behind it may be read.
 */
DALV_MUST_CHECK enum dalv_status part_open(struct reader *reader,
                                           struct bytes bytes);

/* A varint of 32 bits; the reader fails if it is wider. */
uint32_t part_u32(struct reader *reader);

#endif
