#include "base/prng.h"

#include "base/assert.h"

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* splitmix64: spreads a seed, however poor, over the whole state. */
static uint64_t spread(uint64_t *seed)
{
    uint64_t mixed = *seed += 0x9E3779B97F4A7C15U;

    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBU;
    return mixed ^ mixed >> 31;
}

void prng_init(struct prng *prng, uint64_t seed)
{
    for (unsigned i = 0; i < 4; i++)
        prng->state[i] = spread(&seed);
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *state = prng->state;
    uint64_t result = rotate_left(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;

    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate_left(state[3], 45);
    return result;
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    uint64_t uneven;
    uint64_t drawn;

    ASSERT(bound >= 1);
    /*
     * 2^64 modulo `bound`: that many of the smallest numbers would make some
     * remainders likelier than others, so they are drawn again.
     */
    uneven = (UINT64_MAX - bound + 1) % bound;
    do {
        drawn = prng_next(prng);
    } while (drawn < uneven);
    return drawn % bound;
}

bool prng_chance(struct prng *prng, uint32_t numerator, uint32_t denominator)
{
    ASSERT(denominator >= 1);
    return prng_below(prng, denominator) < numerator;
}
