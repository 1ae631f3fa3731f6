#include "cluster/placement_internal.h"

#include "base/assert.h"

/* What has no fixed size yet: how much is left for how much weight. */
struct rest {
    uint64_t total;
    uint64_t weight;
};

static struct rest rest_of(const struct portion *portions, size_t count,
                           uint32_t total)
{
    struct rest rest = {.total = total};

    for (size_t i = 0; i < count; i++) {
        if (portions[i].is_fixed)
            rest.total -= portions[i].size;
        else
            rest.weight += portions[i].weight;
    }
    return rest;
}

/*
 * How far its due is above, or below, a size: in units of 1 / `rest.weight`, so
 * that nothing is rounded.
 */
static uint64_t above(const struct portion *portion, struct rest rest,
                      uint32_t size)
{
    uint64_t due = rest.total * portion->weight;
    uint64_t bound = size * rest.weight;

    return due > bound ? due - bound : 0;
}

static uint64_t below(const struct portion *portion, struct rest rest,
                      uint32_t size)
{
    uint64_t due = rest.total * portion->weight;
    uint64_t bound = size * rest.weight;

    return due < bound ? bound - due : 0;
}

static void fix(struct portion *portion, uint32_t size)
{
    portion->size = size;
    portion->is_fixed = true;
}

/*
 * Portions beyond a bound get that bound, first those on the side where more is
 * beyond: what they leave, or take, changes the due of the others. False if
 * none is.
 */
static bool fix_beyond_bounds(struct portion *portions, size_t count,
                              uint32_t total)
{
    struct rest rest = rest_of(portions, count, total);
    uint64_t all_above = 0;
    uint64_t all_below = 0;

    for (size_t i = 0; i < count; i++) {
        if (portions[i].is_fixed)
            continue;
        all_above += above(&portions[i], rest, portions[i].max);
        all_below += below(&portions[i], rest, portions[i].min);
    }
    for (size_t i = 0; i < count; i++) {
        struct portion *portion = &portions[i];

        if (portion->is_fixed)
            continue;
        if (all_above >= all_below && above(portion, rest, portion->max) > 0)
            fix(portion, portion->max);
        else if (all_above < all_below &&
                 below(portion, rest, portion->min) > 0)
            fix(portion, portion->min);
    }
    return all_above > 0 || all_below > 0;
}

/* Who gets a unit that is left over: who has it already, then whose fraction
   that was cut off is larger. */
static bool is_worthier(const struct portion *a, const struct portion *b,
                        struct rest rest)
{
    bool a_holds = a->held > a->size;
    bool b_holds = b->held > b->size;

    if (a_holds != b_holds)
        return a_holds;
    return rest.total * a->weight % rest.weight >
           rest.total * b->weight % rest.weight;
}

static struct portion *worthiest(struct portion *portions, size_t count,
                                 struct rest rest)
{
    struct portion *best = NULL;

    for (size_t i = 0; i < count; i++) {
        struct portion *portion = &portions[i];

        if (portion->is_fixed || portion->size == portion->max)
            continue;
        if (best == NULL || is_worthier(portion, best, rest))
            best = portion;
    }
    return best;
}

void portions_cut(struct portion *portions, size_t count, uint32_t total)
{
    struct rest rest;
    uint64_t left;

    while (fix_beyond_bounds(portions, count, total))
        continue;
    rest = rest_of(portions, count, total);
    left = rest.total;
    for (size_t i = 0; i < count; i++) {
        if (portions[i].is_fixed)
            continue;
        portions[i].size =
            (uint32_t)(rest.total * portions[i].weight / rest.weight);
        left -= portions[i].size;
    }
    for (; left > 0; left--) {
        struct portion *portion = worthiest(portions, count, rest);

        ASSERT(portion != NULL);
        portion->size++;
        portion->is_fixed = true;
    }
}
