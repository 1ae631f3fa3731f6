/*
 * A device's work goes up: the half of SYNC that judges.
 *
 * Each push number is settled once and for good. A request repeats what is not
 * known to be settled; the hash chain proves that it repeats byte for byte,
 * and a mismatch is a store that was cloned or rolled back.
 *
 *   push 1 .. n, settled        n+1 .. : judged in order
 *   |--------------|------------|-------------------------|
 *                  first        push_settled + 1
 *
 * A request must begin at or before push_settled + 1, behind what the device
 * confirmed, and reach at least push_settled: a device repeats all that it sent
 * and has no outcome for. An answer to a request that the device gave up on
 * must be ignored by it.
 *
 * Work is judged only if the history agrees (that of a device that has seen
 * nothing agrees with any but a restored one), the cursor is at or above the
 * floor, and its base is, up to the cursor. Else the mode says DIGEST or
 * SNAPSHOT; nothing is judged from the first such push on, and the device comes
 * again, under the same numbers, with bases that it compared with what it then
 * finds. What it sends under them may differ: no late copy of what it sent
 * before will ever be judged. Settled numbers and kept outcomes are told in
 * every mode.
 *
 * A store that took a new identity may send again, under new numbers, what a
 * late copy of an older request holds as well. So a request names the device
 * that it was made for, and is judged as that one's or not at all.
 *
 * A refused push is closed, and so is each later one of the request that
 * depends on it: by a key that both name, by `after`, or by another that does.
 * `waits_for` names the first refused one at the root.
 */
#ifndef DALV_SYNC_PUSH_H
#define DALV_SYNC_PUSH_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "model/cursor.h"
#include "model/message.h"
#include "model/transaction.h"
#include "model/user_state.h"
#include "model/user_view.h"
#include "sync/judge.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One transaction of a request. */
struct push {
    /* Not DALV_OK: it is refused for that. It cannot be read, is too big, or
       whoever judges the sender's rights said so. */
    enum dalv_status status;
    struct transaction transaction;
};

struct push_request {
    uint64_t device; /* Whose connection it came by, ... */
    uint64_t named;  /* ... and who it says that it is from. */
    struct cursor cursor;
    uint64_t confirmed;
    uint64_t first;
    uint64_t chain;           /* Over all pushes before `first`. */
    const struct bytes *sent; /* All that came, as they came. */
    size_t sent_count;
    struct push *pushes; /* The first of them, which will be judged. */
    size_t push_count;
};

/*
 * Takes a SYNC of `device` apart and asks the view for what judging will need.
 * What does not fit into the view any more is left for the next request, which
 * the device makes when it sees what is settled. The request borrows from
 * `sync`; its pushes do not: what is judged borrows from them, and may outlive
 * the message. They are in the view's arena. DALV_TOO_BIG if there is no room
 * for the device itself, DALV_NO_MEMORY if the arena is too small.
 */
DALV_MUST_CHECK enum dalv_status push_want(struct push_request *out_request,
                                           uint64_t device,
                                           const struct message_sync *sync,
                                           struct user_view *view);

/*
 * What the device need not be told again: entries of the feed that come from
 * its own work and are in the answer as numbers.
 */
struct push_filter {
    const uint64_t *revisions; /* Ascending. */
    size_t count;
};

/* True if `revision` is one of them: an index_filter of the storage. */
bool push_filter_skips(void *filter, struct bytes key, uint64_t revision);

struct push_answer {
    /*
     * DALV_OK; DALV_NOT_FOUND: no such device, or the connection is another's,
     * it must open itself again; DALV_NOT_PERMITTED: it is retired;
     * DALV_CLONED. Only the first says more.
     */
    enum dalv_status status;
    enum sync_mode mode;
    uint64_t settled;
    const struct outcome *outcomes; /* MERGED and REFUSED, not confirmed. */
    size_t outcome_count;
    uint64_t applied_first; /* See struct message_synced. */
    const uint64_t *applied;
    size_t applied_count;
    uint64_t common;
    bool is_restored;
    bool is_erased;
    struct push_filter filter;
};

/*
 * Judges a request. The records of what was applied each hold the device's new
 * entry, so that effects and settling are one. The answer borrows from the
 * view's arena. If arena or records are used up, the rest is left unsettled
 * for the next request; DALV_NO_MEMORY if that leaves nothing done at all, or
 * if something was refused: what depends on it is closed together with it, or
 * it would be judged as if nothing stood before it. For the same reason what
 * was sent behind a refusal and is not judged, for whatever reason, is closed
 * as waiting for it.
 */
DALV_MUST_CHECK enum dalv_status push_judge(struct judge *judge,
                                            const struct push_request *request,
                                            struct push_answer *out_answer);

#endif
