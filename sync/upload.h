/*
 * Parts of large values: taken one behind the other, and given up when nobody
 * binds them.
 *
 *     part 0 --> OPEN --- PUT_UPLOADED, in judge.h -----> CLOSED
 *                     \--- given up: its parts go ----------/ |
 *                     \--- after a day: its parts go -------/ | after a day
 *                                                             v
 *                                                         forgotten
 *
 * One that is closed is remembered for a day, so that a late copy of a part
 * begins no other under the same number: that one would end with the parts of
 * the value, or lose its own to the purge of those that were given up. A part
 * that is there already is taken again without a word: what is put must have
 * the hash of what was meant. So is one under the number that the value of its
 * key came by.
 */
#ifndef DALV_SYNC_UPLOAD_H
#define DALV_SYNC_UPLOAD_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/operation.h"
#include "sync/judge.h"

#include <stdint.h>

/* Microseconds since 1970; what began earlier than that ago is too old. */
uint64_t upload_before_us(uint64_t now_us);

/*
 * Judges an UPLOAD, in a record without a revision. `out_refusal` is DALV_OK if
 * the part is there now, or the upload closed; DALV_PRECONDITION if one before
 * it is not; DALV_INVALID behind a last part; DALV_QUOTA. DALV_NO_MEMORY:
 * nothing was judged.
 */
DALV_MUST_CHECK enum dalv_status upload_take(struct judge *judge,
                                             const struct operation *operation,
                                             enum dalv_status *out_refusal);

/*
 * Gives up an upload that is too old if nobody has bound it, and forgets one
 * that was closed. One that is gone, or younger, is left alone.
 */
DALV_MUST_CHECK enum dalv_status upload_end(struct judge *judge,
                                            struct bytes key, uint64_t upload);

#endif
