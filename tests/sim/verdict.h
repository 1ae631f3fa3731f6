/*
 * Judges one record of the log by what its author asked for, by the simplest
 * reading of the operations: promises 2, 4, 5 and 8, and that nobody's change
 * is overwritten unseen.
 */
#ifndef DALV_TESTS_SIM_VERDICT_H
#define DALV_TESTS_SIM_VERDICT_H

#include "model/effect.h"
#include "tests/sim/chronicle.h"

struct world;

/*
 * The chronicle has taken the record, whose revision is not 0. NULL, or what
 * is wrong.
 */
const char *verdict_on_record(struct world *world, unsigned user,
                              struct chronicle *chronicle,
                              const struct user_record *record);

#endif
