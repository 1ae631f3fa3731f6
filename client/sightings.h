/*
 * The newest revision that was seen of each user lately dealt with: what a
 * slave tells must have seen it too. Who was dealt with long ago may be
 * forgotten.
 */
#ifndef DALV_CLIENT_SIGHTINGS_H
#define DALV_CLIENT_SIGHTINGS_H

#include "base/bytes.h"

#include <stdint.h>

enum {
    SIGHTINGS_USERS = 4096,
};

struct sighting {
    uint64_t user; /* Its hash: two of one hash are taken for one. */
    uint64_t revision;
};

/* All zeros: nothing was seen. */
struct sightings {
    struct sighting items[SIGHTINGS_USERS];
};

/* Unless a newer one was. */
void sightings_put(struct sightings *sightings, struct bytes user,
                   uint64_t revision);
/* What was seen is of a history that is gone. */
void sightings_drop(struct sightings *sightings, struct bytes user);
/* 0 if nothing is known. */
uint64_t sightings_get(const struct sightings *sightings, struct bytes user);

#endif
