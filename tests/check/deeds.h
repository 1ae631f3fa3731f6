/*
 * What one user's calls come to: one deed a request, however often it was
 * asked for, and one for each read that was answered.
 *
 *   1. A request takes effect once: it has one revision, whoever was told.
 *   2. What was refused is not done, before or after.
 *   3. Two requests never have the same revision.
 *   4. No revision is without a request: between 1 and the highest one told,
 *      those that nobody was told are of requests whose outcome is unknown.
 */
#ifndef DALV_TESTS_CHECK_DEEDS_H
#define DALV_TESTS_CHECK_DEEDS_H

#include "tests/check/history.h"
#include "tests/check/objections.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deed {
    const struct history_call *call; /* That says what it is and came to. */
    uint64_t called_us;              /* Not before: when it was first asked. */
    uint64_t ended_us;               /* Not behind; HISTORY_NEVER: ever. */
    uint64_t revision;               /* Of an update; 0: unknown. */
};

struct deeds {
    const struct history *history; /* Borrowed. */
    uint32_t user;
    struct deed *items; /* Owned; by the time of their calls. */
    size_t count;
    uint64_t revision_max; /* The highest one told. */
};

/* Those that were done or may have been; what breaks the rules is objected to.
 */
void deeds_init(struct deeds *deeds, const struct history *history,
                uint32_t user, struct objections *objections);
void deeds_deinit(struct deeds *deeds);

#endif
