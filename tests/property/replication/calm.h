/*
 * What must come of it once faults end: writes are acknowledged, and the copies
 * become equal, within a bounded time.
 */
#ifndef DALV_TESTS_PROPERTY_REPLICATION_CALM_H
#define DALV_TESTS_PROPERTY_REPLICATION_CALM_H

struct world;

/* Let time pass until all is well; the judge hears if that takes too long. */
void calm_await(struct world *world);

#endif
