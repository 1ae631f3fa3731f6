#include "tests/support/small_store.h"

enum {
    COUNTER_BYTES = 8
};

static void count_keys(const struct small_store *store, struct user_state *user)
{
    for (size_t i = 0; i < STORE_KEYS_MAX; i++) {
        const struct store_key *slot = &store->keys[i];

        if (!slot->is_used)
            continue;
        if (slot->state.kind == KEY_NONE) {
            user->tombstone_count += slot->state.revision != 0 ? 1 : 0;
            continue;
        }
        user->live_count++;
        user->live_bytes += slot->key.size + slot->value.size;
        if (slot->state.kind == KEY_COUNTER)
            user->live_bytes += COUNTER_BYTES;
    }
}

/* The elements' part; what keys say of their own is checked on the way. */
static const char *count_elements(const struct small_store *store,
                                  struct user_state *user)
{
    uint64_t counts[STORE_KEYS_MAX] = {0};
    uint64_t bytes[STORE_KEYS_MAX] = {0};

    for (size_t i = 0; i < STORE_ELEMENTS_MAX; i++) {
        const struct store_element *slot = &store->elements[i];

        if (!slot->is_used)
            continue;
        if (slot->state.is_removed) {
            user->tombstone_count++;
        } else if (slot->state.generation ==
                   store->keys[slot->key].state.generation) {
            user->live_count++;
            user->live_bytes += slot->value.size;
            counts[slot->key]++;
            bytes[slot->key] += slot->value.size;
        }
    }
    for (size_t i = 0; i < STORE_KEYS_MAX; i++) {
        if (store->keys[i].state.element_count != counts[i] ||
            store->keys[i].state.element_bytes != bytes[i])
            return "a list counts its elements wrongly";
    }
    return NULL;
}

static bool is_ended(const struct small_store *store,
                     const struct store_element *element)
{
    for (size_t i = 0; i < STORE_ENDED_MAX; i++) {
        const struct store_ended *slot = &store->ended[i];

        if (slot->is_used && slot->key == element->key &&
            slot->generation == element->state.generation)
            return true;
    }
    return false;
}

/* What is left of a list that ended must be known to wait for removal. */
static const char *check_ended(const struct small_store *store)
{
    for (size_t i = 0; i < STORE_ELEMENTS_MAX; i++) {
        const struct store_element *element = &store->elements[i];

        if (element->is_used &&
            element->state.generation !=
                store->keys[element->key].state.generation &&
            !is_ended(store, element))
            return "an element of a list that ended is forgotten";
    }
    return NULL;
}

static void count_rest(const struct small_store *store, struct user_state *user)
{
    for (size_t i = 0; i < STORE_CONFLICTS_MAX; i++) {
        const struct store_conflict *slot = &store->conflicts[i];

        if (slot->is_used)
            user->conflict_bytes += slot->key.size + slot->value.size;
    }
    for (size_t i = 0; i < store->device_count; i++)
        user->device_count += store->devices[i].is_retired ? 0 : 1;
}

static const char *compare(const struct user_state *told,
                           const struct user_state *counted)
{
    if (told->live_count != counted->live_count)
        return "live_count is wrong";
    if (told->live_bytes != counted->live_bytes)
        return "live_bytes is wrong";
    if (told->tombstone_count != counted->tombstone_count)
        return "tombstone_count is wrong";
    if (told->conflict_bytes != counted->conflict_bytes)
        return "conflict_bytes is wrong";
    if (told->device_count != counted->device_count)
        return "device_count is wrong";
    if ((told->tombstone_count == 0) != (told->tombstone_oldest_us == 0))
        return "tombstone_oldest_us is wrong";
    return NULL;
}

const char *store_check(const struct small_store *store)
{
    struct user_state counted = {0};
    const char *wrong = count_elements(store, &counted);

    count_keys(store, &counted);
    count_rest(store, &counted);
    if (wrong == NULL)
        wrong = check_ended(store);
    return wrong != NULL ? wrong : compare(&store->user, &counted);
}
