#include "tests/check/verdict.h"

#include "tests/check/order_search.h"

void verdict_reach(struct verdict *verdict, const struct history *history)
{
    for (uint32_t user = 0; user < history->users.count; user++) {
        size_t before = verdict->objections.count;
        struct deeds deeds;

        deeds_init(&deeds, history, user, &verdict->objections);
        verdict->deed_count += deeds.count;
        /* Without them nothing is left to look for. */
        if (verdict->objections.count == before &&
            order_search(&deeds, &verdict->objections) == ORDER_UNDECIDED)
            verdict->undecided_count++;
        deeds_deinit(&deeds);
    }
}
