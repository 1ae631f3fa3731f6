/*
 * Where digests and snapshots that are under way began: below that the floor
 * of their user must stay for a while, or the device would start again.
 *
 * Of bounded size: users that share a place share the stricter mark.
 */
#ifndef DALV_NODE_MARKS_H
#define DALV_NODE_MARKS_H

#include "base/bytes.h"

#include <stdint.h>

enum {
    MARKS_COUNT = 4096,
    MARKS_LIFE_MS = 3600 * 1000,
};

struct mark {
    uint64_t revision;
    uint64_t until_ms;
};

struct marks {
    uint64_t seed;
    struct mark items[MARKS_COUNT];
};

void marks_init(struct marks *marks, uint64_t seed);

/* A device of `user` was given the head `revision` to begin from. */
void marks_put(struct marks *marks, struct bytes user, uint64_t revision,
               uint64_t now_ms);

/* The floor may not go above it; UINT64_MAX if nothing is under way. */
uint64_t marks_bound(const struct marks *marks, struct bytes user,
                     uint64_t now_ms);

#endif
