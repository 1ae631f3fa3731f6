/*
 * One partition as a slave: what it takes from its master, and what it obeys.
 *
 *              ask                 ENTRIES that follow the end
 *     (record) ----> ASKING -----------------------------------> TAKING <--+
 *                    ^  ^ |                                        |  |____|
 *                    |  | | DIVERGED, obeyed      asked of another |
 *                    |  | +-----> CUTTING ---+    session or epoch |
 *                    |  +---------- durable -+                     |
 *                    +---------------------------------------------+
 *     FAR, SNAPSHOT: replication/catch_up.h, then ASKING again.
 *
 * Invariants
 *
 * 1. It takes entries only from the master of its record's epoch, in that
 *    epoch's name, while it has promised nothing newer, and only those that
 *    follow its end: by epoch, index and CRC.
 * 2. Its log up to `matched_index` is the master's. Nothing above is committed
 *    by the master's word.
 * 3. DIVERGED is obeyed only if it answers the position that is still the last
 *    one, nothing being under way; only for entries of epochs older than the
 *    master's; and never at or below what was told to be applied. That would be
 *    damage, here or there: the copy stops and takes a snapshot.
 */
#ifndef DALV_REPLICATION_FOLLOWER_H
#define DALV_REPLICATION_FOLLOWER_H

#include "model/peer_message.h"
#include "replication/entry_run.h"
#include "replication/replica.h"

#include <stdbool.h>
#include <stdint.h>

/* True if a master of that epoch has a say here. */
bool follower_obeys(const struct replica *replica, uint64_t epoch);

/* True if entries follow here; see invariant 1. */
bool follower_takes(const struct replica *replica, const struct entry_run *run,
                    uint64_t epoch);

enum follower_cut {
    FOLLOWER_CUT_NOT,    /* It answers something else: nothing is done. */
    FOLLOWER_CUT,        /* Behind the kept index. */
    FOLLOWER_CUT_DAMAGE, /* What is to go was committed. */
};

/* What DIVERGED means here; the last index kept goes to `out_kept_index`. */
enum follower_cut follower_judge_cut(const struct replica *replica,
                                     const struct streamed_part *part,
                                     uint64_t *out_kept_index);

/* What its master is told. */
struct stream_part follower_position(const struct replica *replica);

#endif
