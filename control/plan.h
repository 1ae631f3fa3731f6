/*
 * What is to become of one partition's record next: the whole of a controller's
 * judgement, one step at a time.
 *
 *                       the master failed, or another is wished and near
 *      +--------------------------------------------------------------+
 *      v                                                              |
 *   OPENING --- enough promised: the longest log ---> LED --> LEADING-+
 *      ^                                              (its epoch-start is
 *      |                                               committed)     |
 *      |   members are wished that are all caught up: members = new,  |
 *      +-- old_members = old <----------------------------------------+
 *      |                                                              |
 *      +-- old members are let go; in a further epoch if the master --+
 *          is one of them, else within this one
 *
 * 1. Each step is one compare and swap of this record; between any two of them
 *    a controller may die, and the next goes on from the record.
 * 2. While old members stand, no other change of members is made.
 * 3. A member is let in only when it holds all that is committed.
 * 4. No epoch is opened that could not be led: it would only disturb a master
 *    that may come to itself.
 */
#ifndef DALV_CONTROL_PLAN_H
#define DALV_CONTROL_PLAN_H

#include "cluster/partition_record.h"
#include "control/copies.h"
#include "control/roster.h"

#include <stdbool.h>
#include <stdint.h>

/* What is wanted of a partition, beside that it is led. */
struct plan_wish {
    struct member_set members; /* Who shall hold it. */
    uint32_t leader;           /* The node that shall lead it; 0: any. */
    uint32_t heir;             /* Who may lead as well as who led; 0. */
};

/*
 * The record that shall stand in place of `record`, if there is something to do
 * and everything that it takes is there.
 */
bool plan_next(const struct partition_record *record, struct copies *copies,
               const struct roster *roster, const struct plan_wish *wish,
               struct partition_record *out_next);

/* True if a member is present, whole, and holds all that is committed, in the
   record's epoch: it could lead at once. */
bool plan_is_near(const struct partition_record *record, struct copies *copies,
                  const struct roster *roster, const struct member *member);

/* True if nothing is under way and nothing is wished that is not so. */
bool plan_is_at_rest(const struct partition_record *record,
                     const struct plan_wish *wish);

#endif
