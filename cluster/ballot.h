/*
 * The choice of a master: who of those that promised an epoch holds the longest
 * log.
 *
 * Promise: whatever was committed in an older epoch is in the log of the one
 * that is chosen. It was held durably by a majority of each set of members,
 * and a majority of each, certain of their logs, promised that nothing older is
 * taken any more: one of them holds it, and the longest log holds it too.
 *
 *     votes are put in, repeated and late ones too
 *        |
 *        v   a majority of each set promised and is certain of its log, or all
 *     ballot_choose ------> the longest log leads; of equal ones the preferred
 */
#ifndef DALV_CLUSTER_BALLOT_H
#define DALV_CLUSTER_BALLOT_H

#include "cluster/member.h"
#include "model/log_position.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BALLOT_VOTES_MAX = 2 * MEMBER_SET_MAX,
};

struct ballot_vote {
    struct member member;
    uint64_t boot_id; /* Of the process that answered. */
    struct log_position end;
    bool is_uncertain; /* It may lack an entry that it acknowledged once. */
};

struct ballot {
    uint64_t epoch;
    struct joint_set joint;
    struct ballot_vote votes[BALLOT_VOTES_MAX];
    size_t vote_count;
};

void ballot_init(struct ballot *ballot, uint64_t epoch,
                 const struct joint_set *joint);

/*
 * A member promised `epoch` and its log ended there after the sync that made
 * the promise durable. What it said before is replaced. Promises of other
 * epochs and of nobody's member count for nothing.
 */
void ballot_put(struct ballot *ballot, uint64_t epoch,
                const struct ballot_vote *vote);

/*
 * The vote of who is to lead, borrowed; NULL while too few promised. Of equally
 * long logs `preferred_node` leads if it is among them, else the first.
 */
const struct ballot_vote *ballot_choose(const struct ballot *ballot,
                                        uint32_t preferred_node);

#endif
