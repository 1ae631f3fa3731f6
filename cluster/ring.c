#include "cluster/ring.h"

#include "base/assert.h"
#include "base/hash.h"

bool ring_is_partition_count(uint64_t count)
{
    return count >= 1 && count <= RING_PARTITIONS_MAX &&
           (count & (count - 1)) == 0;
}

uint32_t ring_partition(struct bytes user, uint32_t partition_count)
{
    unsigned bits = 0;

    ASSERT(ring_is_partition_count(partition_count));
    while ((UINT32_C(1) << bits) < partition_count)
        bits++;
    return bits == 0 ? 0 : (uint32_t)(hash64(user) >> (64 - bits));
}
