#include "client/random.h"

#include <sodium.h>

void random_fill(uint8_t *bytes, size_t size)
{
    randombytes_buf(bytes, size);
}

uint64_t random_u64(void)
{
    uint64_t number;

    randombytes_buf(&number, sizeof(number));
    return number;
}
