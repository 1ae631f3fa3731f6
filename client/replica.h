/*
 * The replica of a device: what the cluster had at one revision. It holds
 * nothing that can not be fetched again.
 *
 * What comes in pages is staged first, beside what is shown, and survives a
 * restart with the note of whoever stages it. replica_show makes all of it
 * visible in one durable write, together with the new position, so that no
 * transaction is ever seen in part.
 *
 * Any status but DALV_OK, DALV_NOT_FOUND, DALV_NO_MEMORY and DALV_PROTOCOL
 * means that the map is poisoned: close it, and rebuild if it is damaged.
 */
#ifndef DALV_CLIENT_REPLICA_H
#define DALV_CLIENT_REPLICA_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"
#include "client/key_value.h"
#include "client/replica_layout.h"
#include "model/digest.h"
#include "model/transaction.h"
#include "storage/kv.h"

#include <stdbool.h>
#include <stdint.h>

struct replica;

/* Work on `kv`, which stays the caller's and must outlive the replica. */
DALV_MUST_CHECK enum dalv_status replica_open(struct kv *kv,
                                              struct replica **out_replica);
void replica_close(struct replica **replica_p);

/* Where it stands; zeros for a new one. Borrowed until it changes. */
const struct replica_state *replica_state(const struct replica *replica);

/*
 * What is shown under `key`, its elements in the order to show. `out_value` was
 * initialized; absent is DALV_OK with KEY_NONE.
 */
DALV_MUST_CHECK enum dalv_status replica_get(struct replica *replica,
                                             struct bytes key,
                                             struct key_value *out_value);

/* The key alone, its value kept in `out_value`, without elements. */
DALV_MUST_CHECK enum dalv_status replica_get_state(struct replica *replica,
                                                   enum replica_set set,
                                                   struct bytes key,
                                                   struct key_value *out_value);

/*
 * The first key shown behind `after` (at the front of all for an empty one)
 * that begins with `prefix`; it replaces what is in `out_key`. DALV_NOT_FOUND
 * if there is none.
 */
DALV_MUST_CHECK enum dalv_status replica_next_key(struct replica *replica,
                                                  struct bytes prefix,
                                                  struct bytes after,
                                                  struct buffer *out_key);

/* The digest of what is shown behind `from_key` up to and with `to_key`
   (empty: to the end). */
DALV_MUST_CHECK enum dalv_status replica_digest(struct replica *replica,
                                                struct bytes from_key,
                                                struct bytes to_key,
                                                struct digest *out_digest);

/* ---- Staging ---- */

/* The note of the staging under way; DALV_NOT_FOUND if there is none. */
DALV_MUST_CHECK enum dalv_status replica_note(struct replica *replica,
                                              struct buffer *out_note);

/*
 * Stage a page and replace the note (an empty one: leave it), as one. A change
 * takes the place of one of the same key or element that was staged before.
 * DALV_PROTOCOL: the page is malformed, and nothing was staged.
 */
DALV_MUST_CHECK enum dalv_status
replica_stage(struct replica *replica, struct bytes page, struct bytes note);

/* A place in the order of keys and elements: see struct range_position. */
struct replica_place {
    struct bytes key; /* Empty: before everything; as an end, the end. */
    bool has_dot;     /* In the list under the key, at this element. */
    struct dot dot;
};

struct replica_span {
    struct replica_place from; /* Exclusive. */
    struct replica_place to;   /* Inclusive. */
};

/*
 * Stage a page that is all there is in `span` at one moment: what is shown in
 * it and not in the page is staged as gone. Nothing else may have been staged
 * for the span.
 */
DALV_MUST_CHECK enum dalv_status
replica_stage_span(struct replica *replica, const struct replica_span *span,
                   struct bytes page, struct bytes note);

/*
 * Stage what `transaction` of this device became: its operations took effect
 * at `revision`, on the state that is staged, or else shown. Its dots name the
 * device (none is DOT_SELF).
 */
DALV_MUST_CHECK enum dalv_status
replica_stage_own(struct replica *replica,
                  const struct transaction *transaction, uint64_t revision,
                  uint64_t device);

/* True if a value in parts is staged. */
bool replica_has_staged_parts(struct replica *replica);

/* Forget what is staged, and the note. */
DALV_MUST_CHECK enum dalv_status replica_unstage(struct replica *replica);

/*
 * Show everything staged, at `state` (its key_count is computed), in one
 * durable write, and keep `settlement` with it: whatever the owner must still
 * do elsewhere because of it. It calls `told`, if that is not NULL, with each
 * key that changed, before the write.
 */
typedef void replica_told(void *owner, struct bytes key);
DALV_MUST_CHECK enum dalv_status replica_show(struct replica *replica,
                                              const struct replica_state *state,
                                              struct bytes settlement,
                                              replica_told *told, void *owner);

/* True, once, if a value in parts was replaced or went since it was asked. */
bool replica_take_lost_parts(struct replica *replica);

/* What was kept with the position; DALV_NOT_FOUND for a new replica. */
DALV_MUST_CHECK enum dalv_status
replica_settlement(struct replica *replica, struct buffer *out_settlement);

/* Empty the replica, as one durable write: nothing is shown or staged. */
DALV_MUST_CHECK enum dalv_status replica_reset(struct replica *replica);

#endif
