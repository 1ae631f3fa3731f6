/*
 * How often which duration was measured, to within 3 % of itself.
 *
 * Buckets grow with the number: 32 of one width for each power of two.
 */
#ifndef DALV_BENCH_HISTOGRAM_H
#define DALV_BENCH_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_PARTS_BITS = 5,
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_PARTS_BITS) << HISTOGRAM_PARTS_BITS,
};

struct histogram {
    uint64_t count;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t number);
/* The number that `percent` of all do not exceed; 0 of an empty one. */
double histogram_percentile(const struct histogram *histogram, double percent);

#endif
