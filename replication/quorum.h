/*
 * What a majority has reached. While a set of members is changed there are two
 * of them, and a majority of each is needed (joint sets). Who is in neither, a
 * learner for one, counts for nothing.
 */
#ifndef DALV_REPLICATION_QUORUM_H
#define DALV_REPLICATION_QUORUM_H

#include "cluster/member.h"

#include <stddef.h>
#include <stdint.h>

/* How far a member is: an index, a time; who is absent has reached 0. */
struct quorum_value {
    struct member member;
    uint64_t value;
};

/* The greatest value that a majority of each set has reached. */
uint64_t quorum_reached(const struct joint_set *joint,
                        const struct quorum_value *values, size_t count);

#endif
