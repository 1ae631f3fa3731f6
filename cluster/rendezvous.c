#include "cluster/placement_internal.h"

#include "base/hash.h"

enum {
    FRACTION_BITS = 16, /* Of a logarithm. */
};

/*
 * -log2(hash / 2^64) in units of 2^-16, by squaring: each square that reaches 2
 * gives a binary digit (Knuth, TAOCP 1, 1.2.2).
 */
static uint64_t minus_log2(uint64_t hash)
{
    uint64_t logarithm = UINT64_C(63) << FRACTION_BITS;
    uint64_t x = hash | 1;

    for (; x >> 63 == 0; x <<= 1)
        logarithm -= UINT64_C(1) << FRACTION_BITS;
    x >>= 32; /* From 1 to 2, in units of 2^-31. */
    for (int bit = FRACTION_BITS - 1; bit >= 0; bit--) {
        x = x * x >> 31;
        if (x >> 32 != 0) {
            logarithm |= UINT64_C(1) << bit;
            x >>= 1;
        }
    }
    return (UINT64_C(64) << FRACTION_BITS) - logarithm;
}

uint64_t rendezvous_cost(uint32_t node, uint32_t partition, uint32_t weight)
{
    uint8_t block[8];
    struct writer writer;
    uint64_t hash;

    writer_init(&writer, block, sizeof(block));
    writer_u32(&writer, node);
    writer_u32(&writer, partition);
    hash = hash64(writer_bytes(&writer));
    return (minus_log2(hash) << 32) / (weight == 0 ? 1 : weight);
}
