#include "replication/quorum.h"

static uint64_t value_of(const struct member *member,
                         const struct quorum_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (member_equal(&values[i].member, member))
            return values[i].value;
    }
    return 0;
}

/* Greatest first, so that the one at a majority's place is what it reached. */
static uint64_t reached_by(const struct member_set *set,
                           const struct quorum_value *values, size_t count)
{
    uint64_t sorted[MEMBER_SET_MAX] = {0};

    for (size_t i = 0; i < set->count; i++) {
        uint64_t value = value_of(&set->items[i], values, count);
        size_t place = i;

        for (; place > 0 && sorted[place - 1] < value; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = value;
    }
    return sorted[member_set_majority(set) - 1];
}

uint64_t quorum_reached(const struct joint_set *joint,
                        const struct quorum_value *values, size_t count)
{
    uint64_t reached = reached_by(&joint->members, values, count);
    uint64_t old_reached;

    if (joint_set_is_settled(joint))
        return reached;
    old_reached = reached_by(&joint->old_members, values, count);
    return old_reached < reached ? old_reached : reached;
}
