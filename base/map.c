#include "base/map.h"

#include "base/assert.h"

#include <string.h>

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
static size_t home_of(const struct map *map, uint64_t key)
{
    key ^= key >> 30;
    key *= UINT64_C(0xbf58476d1ce4e5b9);
    key ^= key >> 27;
    key *= UINT64_C(0x94d049bb133111eb);
    key ^= key >> 31;
    return (size_t)key & (map->slot_count - 1);
}

static size_t find(const struct map *map, uint64_t key)
{
    size_t slot = home_of(map, key);

    while (map->slots[slot].value != NULL && map->slots[slot].key != key)
        slot = (slot + 1) & (map->slot_count - 1);
    return slot;
}

size_t map_slot_count(size_t value_max)
{
    size_t slots = 16;

    while (slots / 4 * 3 <= value_max)
        slots *= 2;
    return slots;
}

void map_init(struct map *map, struct map_slot *slots, size_t slot_count)
{
    ASSERT(slot_count >= 4 && (slot_count & (slot_count - 1)) == 0);
    memset(slots, 0, slot_count * sizeof(*slots));
    *map = (struct map){.slots = slots, .slot_count = slot_count};
}

bool map_is_full(const struct map *map)
{
    return map->count >= map->slot_count / 4 * 3;
}

void *map_get(const struct map *map, uint64_t key)
{
    return map->slots[find(map, key)].value;
}

void map_put(struct map *map, uint64_t key, void *value)
{
    size_t slot = find(map, key);

    ASSERT(value != NULL && !map_is_full(map));
    ASSERT(map->slots[slot].value == NULL);
    map->slots[slot] = (struct map_slot){.key = key, .value = value};
    map->count++;
}

/* True if an item at `slot` whose home is `home` may not move to `hole`. */
static bool must_stay(size_t hole, size_t slot, size_t home)
{
    if (hole <= slot)
        return hole < home && home <= slot;
    return hole < home || home <= slot;
}

void *map_remove(struct map *map, uint64_t key)
{
    size_t hole = find(map, key);
    size_t slot = hole;
    void *value = map->slots[hole].value;

    if (value == NULL)
        return NULL;
    for (;;) {
        slot = (slot + 1) & (map->slot_count - 1);
        if (map->slots[slot].value == NULL)
            break;
        if (must_stay(hole, slot, home_of(map, map->slots[slot].key)))
            continue;
        map->slots[hole] = map->slots[slot];
        hole = slot;
    }
    map->slots[hole] = (struct map_slot){0};
    map->count--;
    return value;
}

void *map_next(const struct map *map, size_t *cursor_p)
{
    while (*cursor_p < map->slot_count) {
        void *value = map->slots[(*cursor_p)++].value;

        if (value != NULL)
            return value;
    }
    return NULL;
}
