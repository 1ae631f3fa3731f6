/*
 * What the results were measured on, and how: the head of RESULTS.md; and its
 * end, which people write.
 */
#ifndef DALV_BENCH_MACHINE_H
#define DALV_BENCH_MACHINE_H

#include "bench/bench.h"

#include <stdio.h>

/* Date, machine, versions, what is durable, how it was measured. */
void machine_write(const struct bench *bench, FILE *file);

/* What bench/reasons.md says of profiles and of what was missed. */
void machine_append_reasons(FILE *file);

#endif
