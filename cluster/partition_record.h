/*
 * What is agreed on of one partition: who may hold it, and who leads it.
 *
 *   OPENING e+1 --- a majority promised, the longest log is chosen ---> LED e+1
 *      ^                                                                  |
 *      +------ its master failed, leaves, or a set of members changes ----+
 *
 * A record lives in the control store and is changed there by compare and swap
 * only; whoever holds a copy keeps the newest that it heard of. Records of a
 * partition are ordered by (epoch, change): an epoch is opened once, and
 * `change` counts what happened to the record within it (a master was chosen,
 * old members were let go, a learner came). Every record is a valid resting
 * state.
 */
#ifndef DALV_CLUSTER_PARTITION_RECORD_H
#define DALV_CLUSTER_PARTITION_RECORD_H

#include "base/bytes.h"
#include "base/status.h"
#include "cluster/member.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* Records that share one key of the control store. */
    PARTITION_PAGE_RECORDS = 32,
    PARTITION_RECORD_BYTES_MAX =
        3 + 10 + 10 + MEMBER_BYTES_MAX + 8 + 3 * MEMBER_SET_BYTES_MAX,
    PARTITION_PAGE_BYTES_MAX =
        2 + PARTITION_PAGE_RECORDS * PARTITION_RECORD_BYTES_MAX
};

enum partition_state {
    PARTITION_OPENING = 1, /* Nobody leads this epoch yet. */
    PARTITION_LED = 2,
};

struct partition_record {
    uint64_t epoch;  /* From 1. */
    uint64_t change; /* Within the epoch, from 0. */
    enum partition_state state;
    /* LED: who leads, as the process of one start. OPENING: who led last, for
       routers to go on asking meanwhile; it gives no right; may be unset. */
    struct member master;
    uint64_t master_boot; /* Its boot id; 0 if `master` is unset. */
    struct joint_set joint;
    /* They receive the log and count for nothing. */
    struct member_set learners;
};

/*
 * DALV_INVALID unless the record can be: an epoch, members, a master among
 * them if it is led, learners that are not members.
 */
DALV_MUST_CHECK enum dalv_status partition_record_check(
    const struct partition_record *record);

/* Which is newer: < 0, 0, > 0. */
int partition_record_compare(const struct partition_record *a,
                             const struct partition_record *b);

bool partition_record_equal(const struct partition_record *a,
                            const struct partition_record *b);

/* True if it is LED by this very process. */
bool partition_record_is_led_by(const struct partition_record *record,
                                const struct member *member, uint64_t boot);

/*
 * The bytes of a record, in its one form. DALV_TOO_BIG if they do not fit, and
 * as partition_record_check.
 */
DALV_MUST_CHECK enum dalv_status partition_record_encode(
    const struct partition_record *record, struct writer *writer);

/*
 * DALV_PROTOCOL if malformed, not canonical, or not a record that can be;
 * DALV_UNSUPPORTED for a newer format.
 */
DALV_MUST_CHECK enum dalv_status partition_record_decode(
    struct bytes bytes, struct partition_record *out_record);

/* 1 .. PARTITION_PAGE_RECORDS records that follow each other; as above. */
DALV_MUST_CHECK enum dalv_status partition_page_encode(
    const struct partition_record *records, size_t count,
    struct writer *writer);

/*
 * The page must hold exactly `count` of them; `out_records` has the room, and
 * holds nothing to read unless the answer is DALV_OK.
 */
DALV_MUST_CHECK enum dalv_status partition_page_decode(
    struct bytes bytes, size_t count, struct partition_record *out_records);

#endif
