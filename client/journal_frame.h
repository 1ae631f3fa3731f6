/*
 * How a record of the journal stands in the file; see client/journal.h.
 */
#ifndef DALV_CLIENT_JOURNAL_FRAME_H
#define DALV_CLIENT_JOURNAL_FRAME_H

#include "base/bytes.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct journal_frame {
    uint8_t version;
    uint8_t type;
    struct bytes payload; /* Borrowed from what was read. */
    size_t size;          /* Of all of it. */
};

/* Write the frame's head for `payload`, JOURNAL_FRAME_BYTES of it. */
void journal_frame_write(struct writer *writer, uint8_t type,
                         struct bytes payload);

/*
 * The record at the front of `bytes`. DALV_DAMAGED if there is none that is
 * whole; DALV_UNSUPPORTED for a whole one of a newer version.
 */
DALV_MUST_CHECK enum dalv_status
journal_frame_read(struct bytes bytes, struct journal_frame *out_frame);

/* The offset of the next whole record in `bytes`; its size if there is none. */
size_t journal_frame_seek(struct bytes bytes);

#endif
