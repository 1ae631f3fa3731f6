#include "bench/histogram.h"

#include <stddef.h>

enum {
    PARTS = 1 << HISTOGRAM_PARTS_BITS,
    TOP_BIT = 63,
};

static size_t bucket_of(uint64_t number)
{
    int shift;

    if (number < PARTS)
        return (size_t)number;
    shift = TOP_BIT - __builtin_clzll(number) - HISTOGRAM_PARTS_BITS;
    return ((size_t)shift << HISTOGRAM_PARTS_BITS) + (size_t)(number >> shift);
}

/* The largest number that falls into the bucket. */
static double top_of(size_t bucket)
{
    unsigned shift;
    uint64_t number;

    if (bucket < 2 * PARTS)
        return (double)bucket;
    shift = (unsigned)(bucket >> HISTOGRAM_PARTS_BITS) - 1;
    number = (bucket - ((uint64_t)shift << HISTOGRAM_PARTS_BITS) + 1) << shift;
    return (double)(number - 1);
}

void histogram_add(struct histogram *histogram, uint64_t number)
{
    histogram->buckets[bucket_of(number)]++;
    histogram->count++;
}

double histogram_percentile(const struct histogram *histogram, double percent)
{
    double wanted = (double)histogram->count * percent / 100.0;
    uint64_t seen = 0;

    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > 0 && (double)seen >= wanted)
            return top_of(i);
    }
    return 0;
}
