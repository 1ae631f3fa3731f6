#include "base/assert.h"
#include "tests/support/small_store.h"

#include <string.h>

static void fill_keys(const struct small_store *store, struct user_view *view)
{
    for (size_t i = 0; i < view->key_count; i++) {
        struct view_key *entry = &view->keys[i];

        for (size_t j = 0; j < STORE_KEYS_MAX; j++) {
            const struct store_key *slot = &store->keys[j];
            struct bytes value = {0};

            if (!slot->is_used ||
                !bytes_equal(store_text_bytes(&slot->key), entry->key))
                continue;
            ASSERT(arena_copy(view->arena, store_text_bytes(&slot->value),
                              &value));
            entry->state = slot->state;
            entry->state.value = value;
        }
    }
}

static void fill_elements(const struct small_store *store,
                          struct user_view *view)
{
    for (size_t i = 0; i < view->element_count; i++) {
        struct view_element *entry = &view->elements[i];

        for (size_t j = 0; j < STORE_ELEMENTS_MAX; j++) {
            const struct store_element *slot = &store->elements[j];
            const struct store_key *key = &store->keys[slot->key];
            struct bytes value = {0};

            if (!slot->is_used || !dot_equal(slot->state.dot, entry->dot) ||
                slot->state.generation != key->state.generation ||
                !bytes_equal(store_text_bytes(&key->key), entry->key))
                continue;
            ASSERT(arena_copy(view->arena, store_text_bytes(&slot->value),
                              &value));
            entry->is_found = true;
            entry->state = slot->state;
            entry->state.value = value;
        }
    }
}

static void fill_outcomes(const struct small_store *store,
                          struct user_view *view, struct view_device *entry)
{
    size_t count = 0;

    entry->outcomes =
        arena_take(view->arena, STORE_OUTCOMES_MAX, sizeof(*entry->outcomes));
    ASSERT(entry->outcomes != NULL);
    for (size_t i = 0; i < STORE_OUTCOMES_MAX; i++) {
        const struct store_outcome *slot = &store->outcomes[i];
        size_t place = count;

        if (!slot->is_used || slot->device != entry->state.device)
            continue;
        for (; place > 0 && entry->outcomes[place - 1].push_number >
                                slot->outcome.push_number;
             place--)
            entry->outcomes[place] = entry->outcomes[place - 1];
        entry->outcomes[place] = slot->outcome;
        count++;
    }
    entry->outcome_count = count;
}

static void fill_devices(const struct small_store *store,
                         struct user_view *view)
{
    for (size_t i = 0; i < view->device_count; i++) {
        struct view_device *entry = &view->devices[i];

        for (size_t j = 0; j < store->device_count; j++) {
            const struct device_state *device = &store->devices[j];
            bool is_install = memcmp(&device->install, &entry->install,
                                     sizeof(entry->install)) == 0;

            if (entry->device != device->device &&
                !(entry->device == 0 && is_install))
                continue;
            entry->is_found = true;
            entry->state = *device;
            fill_outcomes(store, view, entry);
        }
    }
}

void store_fill(const struct small_store *store, struct user_view *view)
{
    view->state = store->user;
    fill_keys(store, view);
    fill_elements(store, view);
    fill_devices(store, view);
    for (size_t i = 0; i < view->request_count; i++) {
        struct view_request *entry = &view->requests[i];

        for (size_t j = 0; j < STORE_REQUESTS_MAX; j++) {
            const struct store_request *slot = &store->requests[j];

            if (!slot->is_used ||
                memcmp(&slot->state.id, &entry->id, sizeof(entry->id)) != 0)
                continue;
            entry->is_found = true;
            entry->state = slot->state;
            ASSERT(arena_copy(view->arena, store_text_bytes(&slot->numbers),
                              &entry->state.numbers));
        }
    }
}

const struct store_key *store_key(const struct small_store *store,
                                  const char *key)
{
    struct bytes wanted = bytes_from_text(key);

    for (size_t i = 0; i < STORE_KEYS_MAX; i++) {
        const struct store_key *slot = &store->keys[i];

        if (slot->is_used && slot->state.revision != 0 &&
            bytes_equal(store_text_bytes(&slot->key), wanted))
            return slot;
    }
    return NULL;
}

size_t store_element_count(const struct small_store *store, const char *key)
{
    const struct store_key *slot = store_key(store, key);

    return slot == NULL ? 0 : slot->state.element_count;
}
