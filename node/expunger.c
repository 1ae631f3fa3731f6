#include "node/expunger.h"

#include "base/assert.h"

enum {
    US_PER_MS = 1000
};

void expunger_init(struct expunger *expunger, uint64_t after_us,
                   uint64_t now_ms)
{
    *expunger = (struct expunger){
        .after_us = after_us, .state = EXPUNGER_RESTING, .look_ms = now_ms};
}

static void rest(struct expunger *expunger, uint64_t now_ms, uint64_t wait_us)
{
    uint64_t wait_ms = wait_us / US_PER_MS + 1;

    expunger->state = EXPUNGER_RESTING;
    expunger->look_ms =
        now_ms +
        (wait_ms < EXPUNGER_LOOK_EVERY_MS ? wait_ms : EXPUNGER_LOOK_EVERY_MS);
}

bool expunger_begins_to_look(struct expunger *expunger, uint64_t now_ms)
{
    if (expunger->state != EXPUNGER_RESTING || now_ms < expunger->look_ms)
        return false;
    expunger->state = EXPUNGER_LOOKING;
    return true;
}

/* What is erased from now on is found in time if it looks often enough. */
bool expunger_is_due(struct expunger *expunger, size_t count,
                     uint64_t oldest_us, uint64_t now_ms, uint64_t wall_us)
{
    uint64_t age_us = wall_us > oldest_us ? wall_us - oldest_us : 0;

    ASSERT(expunger->state == EXPUNGER_LOOKING);
    expunger->count = count;
    if (count == 0) {
        rest(expunger, now_ms, expunger->after_us);
        return false;
    }
    if (age_us < expunger->after_us) {
        rest(expunger, now_ms, expunger->after_us - age_us);
        return false;
    }
    expunger->state = EXPUNGER_TURNING;
    return true;
}

enum expunger_state expunger_go_on(struct expunger *expunger, uint64_t now_ms)
{
    switch (expunger->state) {
    case EXPUNGER_TURNING:
        expunger->state = EXPUNGER_COMPACTING;
        break;
    case EXPUNGER_COMPACTING:
        expunger->state = EXPUNGER_RELEASING;
        break;
    case EXPUNGER_RELEASING:
        /* What is left was erased meanwhile: it looks at once. */
        rest(expunger, now_ms, 0);
        break;
    case EXPUNGER_RESTING:
    case EXPUNGER_LOOKING:
        ASSERT(false);
    }
    return expunger->state;
}

uint64_t expunger_next_ms(const struct expunger *expunger)
{
    return expunger->state == EXPUNGER_RESTING ? expunger->look_ms : UINT64_MAX;
}
