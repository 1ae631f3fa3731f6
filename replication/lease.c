#include "replication/lease.h"

uint64_t lease_counted_until_us(uint64_t stamp_us, uint64_t lease_us)
{
    return stamp_us == 0 ? 0 : stamp_us + lease_us / 10 * 9;
}

uint64_t lease_refused_until_us(uint64_t stamped_us, uint64_t started_us,
                                uint64_t lease_us)
{
    uint64_t newest_us = stamped_us > started_us ? stamped_us : started_us;

    return newest_us + lease_us / 10 * 11;
}
