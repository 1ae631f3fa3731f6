#include "control/copies.h"

#include "base/assert.h"
#include "cluster/ballot.h"

static struct copy *place_for(struct copies *copies,
                              const struct member *member)
{
    ASSERT(copies->count < COPIES_MAX);
    copies->items[copies->count] = (struct copy){.member = *member};
    return &copies->items[copies->count++];
}

struct copy *copies_find(struct copies *copies, const struct member *member)
{
    for (size_t i = 0; i < copies->count; i++) {
        if (member_equal(&copies->items[i].member, member))
            return &copies->items[i];
    }
    return NULL;
}

static void add_set(struct copies *copies, const struct member_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (copies_find(copies, &set->items[i]) == NULL)
            (void)place_for(copies, &set->items[i]);
    }
}

static bool is_named(const struct partition_record *record,
                     const struct member *member)
{
    return joint_set_has(&record->joint, member) ||
           member_set_has(&record->learners, member) ||
           member_equal(&record->master, member);
}

void copies_align(struct copies *copies, const struct partition_record *record)
{
    size_t kept = 0;

    for (size_t i = 0; i < copies->count; i++) {
        if (is_named(record, &copies->items[i].member))
            copies->items[kept++] = copies->items[i];
    }
    copies->count = kept;
    add_set(copies, &record->joint.members);
    add_set(copies, &record->joint.old_members);
    add_set(copies, &record->learners);
    if (member_is_set(&record->master) &&
        copies_find(copies, &record->master) == NULL)
        (void)place_for(copies, &record->master);
}

void copies_forget(struct copies *copies, uint32_t node)
{
    for (size_t i = 0; i < copies->count; i++) {
        struct copy *copy = &copies->items[i];

        if (copy->member.node == node)
            *copy = (struct copy){.member = copy->member};
    }
}

void copies_hear_of(struct copies *copies, uint64_t epoch, uint64_t change)
{
    if (epoch > copies->heard_epoch) {
        copies->heard_epoch = epoch;
        copies->heard_change = change;
    } else if (epoch == copies->heard_epoch && change > copies->heard_change) {
        copies->heard_change = change;
    }
}

bool copies_are_ahead(const struct copies *copies,
                      const struct partition_record *record)
{
    if (copies->heard_epoch != record->epoch)
        return copies->heard_epoch > record->epoch;
    return copies->heard_change > record->change;
}

bool copies_can_vote(const struct copies *copies,
                     const struct partition_record *record,
                     const struct roster *roster)
{
    struct joint_votes votes = {0};

    for (size_t i = 0; i < copies->count; i++) {
        const struct copy *copy = &copies->items[i];

        if (!copy->is_not_whole && copy->boot != 0 &&
            roster_boot(roster, &copy->member) == copy->boot)
            joint_set_vote(&record->joint, &copy->member, &votes);
    }
    return joint_set_is_majority(&record->joint, &votes);
}

static bool has_voted(const struct copy *copy,
                      const struct partition_record *record,
                      const struct roster *roster)
{
    return copy->sealed_epoch == record->epoch && copy->boot != 0 &&
           roster_boot(roster, &copy->member) == copy->boot &&
           joint_set_has(&record->joint, &copy->member);
}

const struct copy *copies_choose(struct copies *copies,
                                 const struct partition_record *record,
                                 const struct roster *roster,
                                 uint32_t preferred_node)
{
    const struct ballot_vote *chosen;
    struct ballot ballot;

    ballot_init(&ballot, record->epoch, &record->joint);
    for (size_t i = 0; i < copies->count; i++) {
        const struct copy *copy = &copies->items[i];
        struct ballot_vote vote = {
            .member = copy->member,
            .boot_id = copy->boot,
            .end = copy->end,
            .is_uncertain = copy->is_uncertain,
        };

        if (has_voted(copy, record, roster))
            ballot_put(&ballot, record->epoch, &vote);
    }
    chosen = ballot_choose(&ballot, preferred_node);
    return chosen == NULL ? NULL : copies_find(copies, &chosen->member);
}
