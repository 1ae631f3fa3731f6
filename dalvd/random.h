/*
 * Randomness for ids and seeds.
 */
#ifndef DALV_DALVD_RANDOM_H
#define DALV_DALVD_RANDOM_H

#include <stdint.h>

/* From the system; what it has not to give ends the process. */
uint64_t random_u64(void);

#endif
