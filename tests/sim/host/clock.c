/*
 * Time and chance, as the process that has entered is given them.
 */
#include "base/clock.h"
#include "dalvd/random.h"
#include "tests/sim/host/process.h"
#include "tests/sim/world.h"

enum {
    US_PER_MS = 1000,
};

uint64_t clock_boot_us(void)
{
    return process_clock_us(process_current());
}

uint64_t clock_boot_ms(void)
{
    return clock_boot_us() / US_PER_MS;
}

uint64_t clock_wall_us(void)
{
    const struct process *process = process_current();
    int64_t wall_us = (int64_t)world_server_wall_us(process->world);

    wall_us += process->skew_us;
    return wall_us < 0 ? 0 : (uint64_t)wall_us;
}

uint64_t random_u64(void)
{
    return prng_next(&process_current()->world->prng) | 1;
}
