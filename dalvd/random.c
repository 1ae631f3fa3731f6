#include "dalvd/random.h"

#include "base/assert.h"

#include <sys/random.h>

uint64_t random_u64(void)
{
    uint64_t number = 0;
    ssize_t size = getrandom(&number, sizeof(number), 0);

    ASSERT(size == (ssize_t)sizeof(number));
    return number | 1;
}
