/*
 * What the loop of a simulated process is to the files beside it.
 */
#ifndef DALV_TESTS_SIM_HOST_LOOP_H
#define DALV_TESTS_SIM_HOST_LOOP_H

#include "net/loop.h"

/* Something has come, or is to be looked at: a turn follows soon. */
void loop_wake(struct loop *loop);

#endif
