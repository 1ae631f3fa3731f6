#include "cli/key_set.h"

#include <stdlib.h>

enum {
    SLOTS_MIN = 1024
};

void key_set_init(struct key_set *set)
{
    *set = (struct key_set){0};
}

void key_set_deinit(struct key_set *set)
{
    free(set->slots);
    *set = (struct key_set){0};
}

/* 0 marks a free slot. */
static uint64_t stored(uint64_t hash)
{
    return hash == 0 ? 1 : hash;
}

/* Where the hash stands, or would. There is always a free slot. */
static size_t place(const struct key_set *set, uint64_t hash)
{
    size_t slot = (size_t)hash & (set->slot_count - 1);

    while (set->slots[slot] != 0 && set->slots[slot] != hash)
        slot = (slot + 1) & (set->slot_count - 1);
    return slot;
}

bool key_set_has(const struct key_set *set, uint64_t hash)
{
    hash = stored(hash);
    return set->slot_count > 0 && set->slots[place(set, hash)] == hash;
}

static bool grow(struct key_set *set)
{
    struct key_set grown = {
        .slot_count = set->slot_count == 0 ? SLOTS_MIN : set->slot_count * 2,
        .count = set->count,
    };

    grown.slots = calloc(grown.slot_count, sizeof(*grown.slots));
    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < set->slot_count; i++) {
        if (set->slots[i] != 0)
            grown.slots[place(&grown, set->slots[i])] = set->slots[i];
    }
    free(set->slots);
    *set = grown;
    return true;
}

bool key_set_put(struct key_set *set, uint64_t hash)
{
    size_t slot;

    hash = stored(hash);
    if ((set->count + 1) * 2 > set->slot_count && !grow(set))
        return false;
    slot = place(set, hash);
    if (set->slots[slot] == 0)
        set->count++;
    set->slots[slot] = hash;
    return true;
}
