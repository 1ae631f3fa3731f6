/*
 * XXH3 (Collet, xxHash 0.8): placement of users, chains of pushes, digests.
 *
 * Not cryptographic: it tells honest copies apart, it proves nothing against
 * an enemy. The only file pair that knows xxhash.h. Results are the same on
 * every machine.
 */
#ifndef DALV_BASE_HASH_H
#define DALV_BASE_HASH_H

#include "base/bytes.h"

#include <stdint.h>

/* XXH3_64bits of `bytes`. */
uint64_t hash64(struct bytes bytes);

/* XXH3_64bits_withSeed: `seed` is usually the hash so far. */
uint64_t hash64_seeded(struct bytes bytes, uint64_t seed);

#endif
