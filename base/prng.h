/*
 * Repeatable randomness from a seed: xoshiro256** (Blackman and Vigna, 2018),
 * seeded by splitmix64. Not for secrets.
 */
#ifndef DALV_BASE_PRNG_H
#define DALV_BASE_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct prng {
    uint64_t state[4];
};

void prng_init(struct prng *prng, uint64_t seed);
uint64_t prng_next(struct prng *prng);
/* Uniform in 0 .. bound - 1; `bound` is at least 1. No modulo bias. */
uint64_t prng_below(struct prng *prng, uint64_t bound);
/* True in `numerator` of `denominator` cases. */
bool prng_chance(struct prng *prng, uint32_t numerator, uint32_t denominator);

#endif
