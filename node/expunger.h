/*
 * When the records of erased users leave the log.
 *
 * An erasure hides a user's data at once and removes it from the index within
 * seconds; the log keeps what it was made from. Once the oldest erasure that
 * the log still tells of has waited for `after_us`, the log goes on in a new
 * segment, the index is compacted and made durable, and every older segment is
 * let go, with all that was erased by then. So it happens once in that time at
 * most, and nothing is written anew but tables of the index.
 *
 *   RESTING --an hour--> LOOKING --found due--> TURNING --> COMPACTING
 *      ^                   |  found none,                        |
 *      |                   v  or too early                       v
 *      +-------------------+<---------------------------- RELEASING
 *
 * It is told the wall clock, by which records are dated; one that jumps lets it
 * look again, no more.
 */
#ifndef DALV_NODE_EXPUNGER_H
#define DALV_NODE_EXPUNGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EXPUNGER_LOOK_EVERY_MS = 3600 * 1000
};

enum expunger_state {
    EXPUNGER_RESTING,
    EXPUNGER_LOOKING,    /* For stubs of erasures that the log tells of. */
    EXPUNGER_TURNING,    /* The log goes over to a new segment. */
    EXPUNGER_COMPACTING, /* The index, and a checkpoint of it. */
    EXPUNGER_RELEASING,  /* Of all older segments. */
};

struct expunger {
    uint64_t after_us;
    enum expunger_state state;
    uint64_t look_ms; /* RESTING: when to look, by the loop's clock. */
    size_t count;     /* Of stubs whose records the log has, when it looked. */
};

void expunger_init(struct expunger *expunger, uint64_t after_us,
                   uint64_t now_ms);

/* True if it is time to look: then that is what it does. */
bool expunger_begins_to_look(struct expunger *expunger, uint64_t now_ms);
/* What was found. True if it is due: then the log is to turn. */
bool expunger_is_due(struct expunger *expunger, size_t count,
                     uint64_t oldest_us, uint64_t now_ms, uint64_t wall_us);
/* A step has been carried out: the next one. RESTING after the last. */
enum expunger_state expunger_go_on(struct expunger *expunger, uint64_t now_ms);

/* UINT64_MAX while something is under way. */
uint64_t expunger_next_ms(const struct expunger *expunger);

#endif
