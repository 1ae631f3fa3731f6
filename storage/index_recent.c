#include "storage/index_recent.h"

#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *take_memory(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        (void)fputs("out of memory for the index\n", stderr);
        abort();
    }
    return memory;
}

void index_recent_init(struct index_recent *recent)
{
    recent->slots = take_memory(INDEX_RECENT_SLOTS, sizeof(*recent->slots));
    recent->held = take_memory(INDEX_RECENT_SLOTS, sizeof(*recent->held));
    recent->held_count = 0;
}

void index_recent_deinit(struct index_recent *recent)
{
    free(recent->slots);
    free(recent->held);
    recent->slots = NULL;
    recent->held = NULL;
}

static uint32_t slot_of(struct bytes user)
{
    return (uint32_t)(hash64(user) % INDEX_RECENT_SLOTS);
}

static bool is_of(const struct index_recent_user *slot, uint32_t partition,
                  struct bytes user)
{
    return slot->user_size > 0 && slot->partition == partition &&
           bytes_equal(bytes_make(slot->user, slot->user_size), user);
}

static void fill(struct index_recent_user *slot, uint32_t partition,
                 struct bytes user, const struct user_state *state)
{
    slot->partition = partition;
    slot->user_size = (uint8_t)user.size;
    memcpy(slot->user, user.data, user.size);
    slot->state = *state;
}

bool index_recent_get(const struct index_recent *recent, uint32_t partition,
                      struct bytes user, struct user_state *out_state)
{
    const struct index_recent_user *slot = &recent->slots[slot_of(user)];

    if (slot->is_held || !is_of(slot, partition, user))
        return false;
    *out_state = slot->state;
    return true;
}

void index_recent_put(struct index_recent *recent, uint32_t partition,
                      struct bytes user, const struct user_state *state)
{
    struct index_recent_user *slot = &recent->slots[slot_of(user)];

    if (!slot->is_held && user.size > 0 && user.size <= INDEX_RECENT_USER_MAX)
        fill(slot, partition, user, state);
}

void index_recent_collect(struct index_recent *recent, uint32_t partition,
                          struct bytes user, const struct user_state *state)
{
    uint32_t number = slot_of(user);
    struct index_recent_user *slot = &recent->slots[number];

    if (user.size == 0 || user.size > INDEX_RECENT_USER_MAX)
        return;
    if (!slot->is_held) {
        slot->is_held = true;
        recent->held[recent->held_count++] = number;
    }
    fill(slot, partition, user, state);
}

void index_recent_commit(struct index_recent *recent)
{
    for (size_t i = 0; i < recent->held_count; i++)
        recent->slots[recent->held[i]].is_held = false;
    recent->held_count = 0;
}

void index_recent_forget(struct index_recent *recent, uint32_t partition)
{
    for (size_t i = 0; i < INDEX_RECENT_SLOTS; i++) {
        if (recent->slots[i].partition == partition)
            recent->slots[i].user_size = 0;
    }
}
