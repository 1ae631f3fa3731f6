/*
 * Do two copies hold the same? Hashes over (key, revision, value), comparable
 * between the server's index and a device's replica.
 *
 * A range's digest is made by putting each of its keys in ascending order,
 * each list's live elements in ascending order of dots behind their key.
 * Tombstones and removed elements do not count: they may be gone on one side.
 * Made of XXH3: tells honest copies apart, proves nothing against an enemy.
 */
#ifndef DALV_MODEL_DIGEST_H
#define DALV_MODEL_DIGEST_H

#include "base/bytes.h"
#include "model/key_state.h"

#include <stdint.h>

struct digest {
    uint64_t hash;
    uint64_t count; /* Keys and elements that went in. */
};

void digest_init(struct digest *digest);
/*
 * Key, kind, feed revision, flags, expiry, value or number: what a kind has not
 * must be zero. A tombstone changes nothing.
 */
void digest_put_key(struct digest *digest, struct bytes key,
                    const struct key_state *state);
/*
 * Dot, added revision, value; the list's key was put before it. A removed one
 * changes nothing.
 */
void digest_put_element(struct digest *digest,
                        const struct element_state *element);

#endif
