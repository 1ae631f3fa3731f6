/*
 * What processes log, as lines of the world's trace.
 */
#ifndef DALV_TESTS_SIM_HOST_LOG_SINK_H
#define DALV_TESTS_SIM_HOST_LOG_SINK_H

#include <stdio.h>

struct world;

/* From now on; close it before the world goes. */
FILE *log_sink_open(struct world *world);
void log_sink_close(FILE **sink_p);

#endif
