#include "model/upload.h"

#include "base/hash.h"

#define NUMBER_BIT (UINT64_C(1) << 63)

bool upload_is_number(uint64_t number)
{
    return (number & NUMBER_BIT) != 0;
}

uint64_t upload_number(uint64_t random)
{
    return random | NUMBER_BIT;
}

uint64_t upload_hash(uint64_t hash_before, struct bytes part)
{
    return hash64_seeded(part, hash_before);
}
