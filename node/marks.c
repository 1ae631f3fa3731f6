#include "node/marks.h"

#include "base/hash.h"

#include <string.h>

void marks_init(struct marks *marks, uint64_t seed)
{
    memset(marks, 0, sizeof(*marks));
    marks->seed = seed;
}

static size_t place_of(const struct marks *marks, struct bytes user)
{
    return hash64_seeded(user, marks->seed) % MARKS_COUNT;
}

void marks_put(struct marks *marks, struct bytes user, uint64_t revision,
               uint64_t now_ms)
{
    struct mark *mark = &marks->items[place_of(marks, user)];

    if (mark->until_ms <= now_ms || revision < mark->revision)
        mark->revision = revision;
    mark->until_ms = now_ms + MARKS_LIFE_MS;
}

uint64_t marks_bound(const struct marks *marks, struct bytes user,
                     uint64_t now_ms)
{
    const struct mark *mark = &marks->items[place_of(marks, user)];

    return mark->until_ms <= now_ms ? UINT64_MAX : mark->revision;
}
