/*
 * The first entry of an epoch: who leads it, and the member sets, so that each
 * replica knows them from its own log. MEMBERS records hold the same, without
 * a boot id, when the sets change within an epoch.
 *
 *     u8       format version, 1
 *     varint   epoch
 *     varint   change of the record within it
 *     u64      boot id of the master; 0 in MEMBERS
 *     then     the set of members, the set of old members
 */
#ifndef DALV_REPLICATION_EPOCH_START_H
#define DALV_REPLICATION_EPOCH_START_H

#include "base/bytes.h"
#include "base/status.h"
#include "cluster/member.h"

#include <stdint.h>

enum {
    EPOCH_START_BYTES_MAX = 1 + 10 + 10 + 8 + 2 * MEMBER_SET_BYTES_MAX,
};

struct epoch_start {
    uint64_t epoch;
    uint64_t change;
    uint64_t boot_id;
    struct joint_set joint;
};

/* `writer` has room for EPOCH_START_BYTES_MAX. */
void epoch_start_encode(const struct epoch_start *start, struct writer *writer);

/* DALV_DAMAGED if the bytes are none; DALV_UNSUPPORTED for a newer format. */
DALV_MUST_CHECK enum dalv_status epoch_start_decode(
    struct bytes bytes, struct epoch_start *out_start);

#endif
