/*
 * What befalls the processes of a world, and when their owners do something.
 */
#ifndef DALV_TESTS_SIM_FATE_H
#define DALV_TESTS_SIM_FATE_H

struct world;

/* From now on things happen. */
void fate_begin(struct world *world);
/* The faults end: whatever is broken is mended, or will be by itself. */
void fate_end(struct world *world);

#endif
