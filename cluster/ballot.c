#include "cluster/ballot.h"

#include "base/assert.h"

void ballot_init(struct ballot *ballot, uint64_t epoch,
                 const struct joint_set *joint)
{
    *ballot = (struct ballot){.epoch = epoch, .joint = *joint};
}

void ballot_put(struct ballot *ballot, uint64_t epoch,
                const struct ballot_vote *vote)
{
    size_t place = 0;

    if (epoch != ballot->epoch || !joint_set_has(&ballot->joint, &vote->member))
        return;
    while (place < ballot->vote_count &&
           !member_equal(&ballot->votes[place].member, &vote->member))
        place++;
    ASSERT(place < BALLOT_VOTES_MAX);
    ballot->votes[place] = *vote;
    if (place == ballot->vote_count)
        ballot->vote_count++;
}

/*
 * One that is uncertain may have lost what it acknowledged, and then the other
 * member that holds it must be asked too: whoever that is.
 */
static bool has_enough(const struct ballot *ballot)
{
    struct joint_votes certain = {0};
    struct joint_votes all = {0};

    for (size_t i = 0; i < ballot->vote_count; i++) {
        const struct ballot_vote *vote = &ballot->votes[i];

        joint_set_vote(&ballot->joint, &vote->member, &all);
        if (!vote->is_uncertain)
            joint_set_vote(&ballot->joint, &vote->member, &certain);
    }
    return joint_set_is_majority(&ballot->joint, &certain) ||
           joint_set_is_all(&ballot->joint, &all);
}

static bool is_better(const struct ballot_vote *vote,
                      const struct ballot_vote *best, uint32_t preferred_node)
{
    int longer = log_position_compare(vote->end, best->end);

    if (longer != 0)
        return longer > 0;
    return vote->member.node == preferred_node &&
           best->member.node != preferred_node;
}

const struct ballot_vote *ballot_choose(const struct ballot *ballot,
                                        uint32_t preferred_node)
{
    const struct ballot_vote *best = &ballot->votes[0];

    if (!has_enough(ballot))
        return NULL;
    for (size_t i = 1; i < ballot->vote_count; i++) {
        if (is_better(&ballot->votes[i], best, preferred_node))
            best = &ballot->votes[i];
    }
    return best;
}
