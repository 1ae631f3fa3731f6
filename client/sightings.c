#include "client/sightings.h"

#include "base/hash.h"

#include <stddef.h>

static size_t place_of(uint64_t user)
{
    return user % SIGHTINGS_USERS;
}

void sightings_put(struct sightings *sightings, struct bytes user,
                   uint64_t revision)
{
    const struct sighting seen = {.user = hash64(user), .revision = revision};
    struct sighting *sighting = &sightings->items[place_of(seen.user)];

    if (sighting->user != seen.user || sighting->revision < revision)
        *sighting = seen;
}

void sightings_drop(struct sightings *sightings, struct bytes user)
{
    sightings->items[place_of(hash64(user))] = (struct sighting){0};
}

uint64_t sightings_get(const struct sightings *sightings, struct bytes user)
{
    uint64_t hash = hash64(user);
    const struct sighting *sighting = &sightings->items[place_of(hash)];

    return sighting->user == hash ? sighting->revision : 0;
}
