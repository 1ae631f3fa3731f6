#include "control/plan.h"

#include "base/assert.h"

/* What all rules look at. */
struct question {
    const struct partition_record *record;
    struct copies *copies;
    const struct roster *roster;
    const struct plan_wish *wish;
};

/* The next epoch; who led last is still named, for routers to hold on to. */
static void open_epoch(struct partition_record *next)
{
    next->epoch++;
    next->change = 0;
    next->state = PARTITION_OPENING;
}

static bool has_failed(const struct question *question)
{
    const struct partition_record *record = question->record;
    const struct copy *copy = copies_find(question->copies, &record->master);

    if (roster_has_failed(question->roster, &record->master,
                          record->master_boot))
        return true;
    return copy != NULL && copy->boot == record->master_boot &&
           copy->epoch == record->epoch && copy->role == PARTITION_STALLED;
}

/* Its epoch-start entry is committed, by all that is asked for now. */
static bool is_leading(const struct question *question)
{
    const struct partition_record *record = question->record;
    const struct copy *copy = copies_find(question->copies, &record->master);

    return copy != NULL && copy->boot == record->master_boot &&
           copy->epoch == record->epoch && copy->change >= record->change &&
           copy->role == PARTITION_LEADING;
}

bool plan_is_near(const struct partition_record *record, struct copies *copies,
                  const struct roster *roster, const struct member *member)
{
    const struct copy *copy = copies_find(copies, member);

    return copy != NULL && copy->boot != 0 && copy->is_caught_up &&
           !copy->is_not_whole && copy->epoch == record->epoch &&
           roster_boot(roster, member) == copy->boot;
}

static bool is_near(const struct question *question,
                    const struct member *member)
{
    return plan_is_near(question->record, question->copies, question->roster,
                        member);
}

/* Who leads of equal logs: whom somebody wishes, or who led and still can. */
static uint32_t preferred_node(const struct question *question)
{
    const struct partition_record *record = question->record;

    if (question->wish->leader != 0)
        return question->wish->leader;
    if (member_set_has(&record->joint.members, &record->master) &&
        !roster_has_failed(question->roster, &record->master,
                           record->master_boot))
        return record->master.node;
    return question->wish->heir;
}

static bool plan_opening(const struct question *question,
                         struct partition_record *next)
{
    const struct copy *chosen =
        copies_choose(question->copies, question->record, question->roster,
                      preferred_node(question));

    if (chosen == NULL)
        return false;
    next->change++;
    next->state = PARTITION_LED;
    next->master = chosen->member;
    next->master_boot = chosen->boot;
    return true;
}

/* The new members hold everything: the old ones are let go. */
static void let_go(struct partition_record *next)
{
    next->joint.old_members = (struct member_set){0};
    if (member_set_has(&next->joint.members, &next->master)) {
        next->change++;
        return;
    }
    open_epoch(next);
}

static bool plan_switch(const struct question *question,
                        struct partition_record *next)
{
    const struct partition_record *record = question->record;
    const struct member *leader =
        member_set_on_node(&record->joint.members, question->wish->leader);

    if (leader == NULL || member_equal(leader, &record->master) ||
        !is_near(question, leader))
        return false;
    open_epoch(next);
    return true;
}

/* Learners first; when all of them are near, they become members. */
static bool plan_members(const struct question *question,
                         struct partition_record *next)
{
    const struct partition_record *record = question->record;
    const struct member_set *wished = &question->wish->members;
    struct member_set missing = {0};
    bool are_near = true;

    for (size_t i = 0; i < wished->count; i++) {
        if (member_set_has(&record->joint.members, &wished->items[i]))
            continue;
        are_near = are_near && is_near(question, &wished->items[i]);
        ASSERT(member_set_add(&missing, &wished->items[i]));
    }
    if (!member_set_equal(&missing, &record->learners)) {
        next->learners = missing;
        next->change++;
        return true;
    }
    if (!are_near)
        return false;
    next->joint.old_members = record->joint.members;
    next->joint.members = *wished;
    next->learners = (struct member_set){0};
    open_epoch(next);
    return true;
}

static bool plan_led(const struct question *question,
                     struct partition_record *next)
{
    const struct partition_record *record = question->record;
    const struct member_set *wished = &question->wish->members;

    if (has_failed(question)) {
        open_epoch(next);
        return true;
    }
    if (!is_leading(question))
        return false;
    if (!joint_set_is_settled(&record->joint)) {
        let_go(next);
        return true;
    }
    if (wished->count > 0 &&
        (!member_set_equal(wished, &record->joint.members) ||
         record->learners.count > 0))
        return plan_members(question, next);
    return plan_switch(question, next);
}

bool plan_next(const struct partition_record *record, struct copies *copies,
               const struct roster *roster, const struct plan_wish *wish,
               struct partition_record *out_next)
{
    struct question question = {record, copies, roster, wish};
    struct partition_record next = *record;
    bool is_changed = false;

    switch (record->state) {
    case PARTITION_OPENING:
        is_changed = plan_opening(&question, &next);
        break;
    case PARTITION_LED:
        is_changed = plan_led(&question, &next);
        break;
    }
    if (!is_changed ||
        (next.epoch > record->epoch && !copies_can_vote(copies, &next, roster)))
        return false;
    *out_next = next;
    return true;
}

bool plan_is_at_rest(const struct partition_record *record,
                     const struct plan_wish *wish)
{
    return record->state == PARTITION_LED &&
           joint_set_is_settled(&record->joint) &&
           record->learners.count == 0 &&
           (wish->members.count == 0 ||
            member_set_equal(&wish->members, &record->joint.members)) &&
           (wish->leader == 0 || wish->leader == record->master.node);
}
