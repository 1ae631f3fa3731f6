/*
 * One partition's record, made anew from what its copies say, when the control
 * store that held it is lost.
 *
 * 1. The newest member sets that any log names are the ones: whatever was
 *    acknowledged under newer ones needed a majority of these, so one of the
 *    copies that answer would name the newer ones.
 * 2. So a majority of each set that is named must answer, each on the disk that
 *    is named; without it nothing is decided.
 * 3. The epoch is far above all that was heard of, and OPENING: nobody leads by
 *    it before a majority has promised it anew.
 */
#ifndef DALV_CONTROL_RECOVERY_H
#define DALV_CONTROL_RECOVERY_H

#include "cluster/partition_record.h"

#include <stddef.h>
#include <stdint.h>

enum {
    /* Epochs that the lost store may have opened, and nobody has heard of. */
    RECOVERY_EPOCHS_SKIPPED = 1000,
};

/* What one copy says. */
struct recovery_word {
    struct member member;
    uint64_t heard_epoch; /* The highest it promised, acts by, or knows of. */
    uint64_t known_epoch; /* Of the member sets that its log names; 0: none. */
    uint64_t known_change;
    struct joint_set known;
};

enum recovery_verdict {
    RECOVERY_DONE,
    RECOVERY_NO_MAJORITY, /* Rule 2. */
    RECOVERY_UNKNOWN,     /* No log names any members. */
};

/* `out_record` is the record to be, or with NO_MAJORITY holds the member sets
   that too few answer of. */
enum recovery_verdict recovery_decide(const struct recovery_word *words,
                                      size_t count,
                                      struct partition_record *out_record);

#endif
