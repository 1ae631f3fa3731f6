#include "base/clock.h"

#include "base/assert.h"

#include <stdbool.h>
#include <time.h>

enum {
    US_PER_MS = 1000,
    NS_PER_US = 1000,
    US_PER_S = 1000000,
};

static uint64_t read_us(clockid_t clock)
{
    struct timespec now;
    bool was_read = clock_gettime(clock, &now) == 0;

    /* Both clocks exist on every Linux that can run this. */
    ASSERT(was_read);
    return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / NS_PER_US;
}

uint64_t clock_boot_us(void)
{
    return read_us(CLOCK_BOOTTIME);
}

uint64_t clock_boot_ms(void)
{
    return clock_boot_us() / US_PER_MS;
}

uint64_t clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}
