/*
 * What a controller knows of one partition's copies, and which of them may lead
 * next.
 *
 * A vote counts in the very epoch that is being opened, from a member that is
 * present in the same start of its process as when it voted. Learners are heard
 * and never counted.
 */
#ifndef DALV_CONTROL_COPIES_H
#define DALV_CONTROL_COPIES_H

#include "cluster/partition_record.h"
#include "control/roster.h"
#include "model/peer_message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    COPIES_MAX = 3 * MEMBER_SET_MAX + 1,
};

struct copy {
    struct member member;
    uint64_t boot; /* In which everything below was heard; 0: nothing was. */
    /* From HEARTBEATEN and STARTED. */
    uint64_t epoch; /* Of the record that it acts by. */
    uint64_t change;
    enum partition_role role;
    bool is_caught_up;
    bool is_not_whole;
    /* From SEALED. */
    uint64_t sealed_epoch; /* Promised by this vote; 0: none. */
    struct log_position end;
    bool is_uncertain;
    /* When it may be told again what it has not answered. */
    uint64_t next_ms;
};

struct copies {
    struct copy items[COPIES_MAX];
    size_t count;
    uint64_t heard_epoch; /* The highest that anyone named, in whatever role. */
    uint64_t heard_change; /* The highest change of it. */
    uint64_t released; /* The epoch whose master said that it serves no more. */
};

/* One for each member, old member and learner of the record, and for who leads
   or led it: whoever does not lead any more can say so. No other. */
void copies_align(struct copies *copies, const struct partition_record *record);
/* NULL if that member is not among them. */
struct copy *copies_find(struct copies *copies, const struct member *member);
/* Nothing that was heard of this node's copy holds any more. */
void copies_forget(struct copies *copies, uint32_t node);
/* A record, a promise or a log of this age was heard of. */
void copies_hear_of(struct copies *copies, uint64_t epoch, uint64_t change);

/* True if what was heard of is newer than the record. */
bool copies_are_ahead(const struct copies *copies,
                      const struct partition_record *record);

/* True if a majority is present that could promise, was heard of this very
   partition, and is whole: without it, opening an epoch would only disturb, and
   what they have promised already might not be known yet. */
bool copies_can_vote(const struct copies *copies,
                     const struct partition_record *record,
                     const struct roster *roster);

/*
 * Who is to lead the OPENING record, as cluster/ballot.h chooses: NULL until
 * enough voted. Of equal logs the one on `preferred_node` leads (0: any).
 */
const struct copy *copies_choose(struct copies *copies,
                                 const struct partition_record *record,
                                 const struct roster *roster,
                                 uint32_t preferred_node);

#endif
