/*
 * The control store of a world, with a cluster that was just made in it.
 */
#ifndef DALV_TESTS_SIM_FOUNDING_H
#define DALV_TESTS_SIM_FOUNDING_H

struct world;

/* The world has its nodes; none has started. */
void founding_begin(struct world *world);
/* No process has it open. Fine if there is none. */
void founding_end(struct world *world);

#endif
