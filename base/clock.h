/*
 * Time from the machine. Only shells and mains call it; everything that
 * decides is told the time. The `struct clock` seam lets tests hand in theirs.
 */
#ifndef DALV_BASE_CLOCK_H
#define DALV_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of the monotonic clock that also counts suspended time. */
uint64_t clock_boot_ms(void);

/* Microseconds of the same clock. */
uint64_t clock_boot_us(void);

/* Microseconds since 1970 by the wall clock; it may jump. */
uint64_t clock_wall_us(void);

#endif
