#include "tests/support/small_store.h"

#include "base/assert.h"

#include <string.h>

void store_init(struct small_store *store)
{
    memset(store, 0, sizeof(*store));
}

struct bytes store_text_bytes(const struct store_text *text)
{
    return bytes_make(text->bytes, text->size);
}

static struct store_text text_of(struct bytes bytes)
{
    struct store_text text = {.size = bytes.size};

    ASSERT(bytes.size <= STORE_TEXT_MAX);
    if (bytes.size > 0)
        memcpy(text.bytes, bytes.data, bytes.size);
    return text;
}

static struct store_key *find_key(struct small_store *store, struct bytes key)
{
    for (size_t i = 0; i < STORE_KEYS_MAX; i++) {
        struct store_key *slot = &store->keys[i];

        if (slot->is_used && bytes_equal(store_text_bytes(&slot->key), key))
            return slot;
    }
    return NULL;
}

static struct store_key *need_key(struct small_store *store, struct bytes key)
{
    struct store_key *slot = find_key(store, key);

    for (size_t i = 0; slot == NULL && i < STORE_KEYS_MAX; i++) {
        if (!store->keys[i].is_used)
            slot = &store->keys[i];
    }
    ASSERT(slot != NULL);
    if (!slot->is_used)
        *slot = (struct store_key){.is_used = true, .key = text_of(key)};
    return slot;
}

static bool same_dot(struct dot a, struct dot b)
{
    return a.device == b.device && a.local_id == b.local_id &&
           a.position == b.position;
}

static struct store_element *find_element(struct small_store *store, size_t key,
                                          uint64_t generation, struct dot dot)
{
    for (size_t i = 0; i < STORE_ELEMENTS_MAX; i++) {
        struct store_element *slot = &store->elements[i];

        if (slot->is_used && slot->key == key &&
            slot->state.generation == generation &&
            same_dot(slot->state.dot, dot))
            return slot;
    }
    return NULL;
}

static struct store_element *new_element(struct small_store *store)
{
    for (size_t i = 0; i < STORE_ELEMENTS_MAX; i++) {
        if (!store->elements[i].is_used)
            return &store->elements[i];
    }
    ASSERT(false);
    return NULL;
}

static uint64_t feed_revision(const struct key_state *state)
{
    return state->kind == KEY_LIST ? state->generation : state->revision;
}

static void remember(struct store_key *slot, const struct user_record *record,
                     const struct effect_trail *trail)
{
    struct key_state *state = &slot->state;

    state->revision = record->revision;
    state->writer = record->author.writer;
    state->time_us = record->time_us;
    state->other_revision = trail->other_revision;
    state->reset_revision = trail->reset_revision;
    state->reset_writer = trail->reset_writer;
    state->generation = trail->generation;
    state->element_count = trail->element_count;
    state->element_bytes = trail->element_bytes;
}

static const char *apply_key(struct small_store *store,
                             const struct user_record *record,
                             const struct effect *effect)
{
    struct store_key *slot = need_key(store, effect->key);

    if (effect->trail.feed_revision != feed_revision(&slot->state))
        return "the trail names another feed entry of the key";
    if (effect->trail.expiry_us != slot->state.expiry_us)
        return "the trail names another expiry";
    if (effect->has_expiry != (effect->expiry_us != 0))
        return "the expiry is and is not there";
    remember(slot, record, &effect->trail);
    slot->state.kind = KEY_NONE;
    if (effect->type == EFFECT_PUT)
        slot->state.kind = KEY_REGISTER;
    if (effect->type == EFFECT_COUNTER)
        slot->state.kind = KEY_COUNTER;
    slot->value = text_of(effect->value);
    slot->state.flags = effect->flags;
    slot->state.expiry_us = effect->expiry_us;
    slot->state.number = effect->number;
    return NULL;
}

/* The list's own entry, as the first element of a record that makes it. */
static const char *apply_list(struct store_key *slot,
                              const struct user_record *record,
                              const struct effect *effect)
{
    struct key_state *state = &slot->state;
    bool is_made =
        effect->trail.generation == record->revision &&
        !(state->kind == KEY_LIST && state->generation == record->revision);
    uint64_t replaced = is_made ? feed_revision(state) : 0;

    if (effect->trail.feed_revision != replaced)
        return "the trail names another feed entry of the list";
    if (effect->trail.expiry_us != (is_made ? state->expiry_us : 0))
        return "the trail names another expiry of what the list replaced";
    if (!is_made && (state->kind != KEY_LIST ||
                     state->generation != effect->trail.generation))
        return "an element of a list that is not";
    state->kind = KEY_LIST;
    state->expiry_us = 0;
    state->flags = 0;
    state->number = 0;
    slot->value.size = 0;
    remember(slot, record, &effect->trail);
    return NULL;
}

static const char *apply_element(struct small_store *store,
                                 const struct user_record *record,
                                 const struct effect *effect)
{
    struct store_key *slot = need_key(store, effect->key);
    size_t key = (size_t)(slot - store->keys);
    const char *wrong = apply_list(slot, record, effect);
    struct store_element *element =
        find_element(store, key, effect->trail.generation, effect->dot);
    uint64_t replaced = element == NULL ? 0 : element->state.revision;
    bool is_removed = effect->type == EFFECT_LIST_REMOVE;
    uint64_t added = element == NULL ? 0 : element->state.added_revision;

    if (wrong != NULL)
        return wrong;
    if (effect->trail.element_revision != replaced)
        return "the trail names another feed entry of the element";
    if (element != NULL && element->state.is_removed)
        return "an element that was removed changes";
    if (!is_removed && element != NULL)
        return "an element is added twice";
    if (!is_removed)
        added = record->revision;
    if (effect->trail.added_revision != added)
        return "the trail names another revision of the addition";
    if (element == NULL)
        element = new_element(store);
    *element = (struct store_element){
        .is_used = true,
        .key = key,
        .value = text_of(effect->value),
        .state = {.dot = effect->dot,
                  .generation = effect->trail.generation,
                  .added_revision = effect->trail.added_revision,
                  .revision = record->revision,
                  .is_removed = is_removed}};
    return NULL;
}

static const char *drop_key(struct small_store *store,
                            const struct effect *effect)
{
    struct store_key *slot = find_key(store, effect->key);

    if (slot == NULL || slot->state.kind != KEY_NONE)
        return "a key is dropped that is no tombstone";
    if (effect->trail.feed_revision != slot->state.revision)
        return "a tombstone is dropped that is newer";
    if (slot->state.revision > store->user.floor)
        return "a tombstone above the floor is dropped";
    /* The slot stays: elements of ended lists may name it. */
    slot->state = (struct key_state){0};
    return NULL;
}

static const char *drop_element(struct small_store *store,
                                const struct effect *effect)
{
    struct store_key *slot = find_key(store, effect->key);
    struct store_element *element;

    if (slot == NULL)
        return "an element of an unknown key is dropped";
    element = find_element(store, (size_t)(slot - store->keys),
                           effect->trail.generation, effect->dot);
    if (element == NULL)
        return "an element is dropped that is not there";
    if (element->state.generation == slot->state.generation &&
        !element->state.is_removed)
        return "a live element is dropped";
    if (element->state.generation == slot->state.generation &&
        element->state.revision > store->user.floor)
        return "an element's tombstone above the floor is dropped";
    element->is_used = false;
    return NULL;
}

static const char *apply_device(struct small_store *store,
                                const struct device_state *device)
{
    size_t i = 0;

    while (i < store->device_count &&
           store->devices[i].device != device->device)
        i++;
    ASSERT(i < STORE_DEVICES_MAX);
    if (i == store->device_count)
        store->device_count++;
    else if (device->push_settled < store->devices[i].push_settled)
        return "a device's settled pushes become fewer";
    store->devices[i] = *device;
    return NULL;
}

static const char *apply_outcome(struct small_store *store,
                                 const struct effect *effect)
{
    struct store_outcome *free_slot = NULL;

    for (size_t i = 0; i < STORE_OUTCOMES_MAX; i++) {
        struct store_outcome *slot = &store->outcomes[i];
        bool is_same = slot->is_used && slot->device == effect->device &&
                       slot->outcome.push_number == effect->outcome.push_number;

        if (!slot->is_used && free_slot == NULL)
            free_slot = slot;
        if (is_same && effect->type == EFFECT_OUTCOME)
            return "a push number has two outcomes";
        if (is_same) {
            slot->is_used = false;
            return NULL;
        }
    }
    if (effect->type == EFFECT_OUTCOME_DROP)
        return "an outcome is dropped that is not there";
    ASSERT(free_slot != NULL);
    *free_slot = (struct store_outcome){
        .is_used = true, .device = effect->device, .outcome = effect->outcome};
    return NULL;
}

static const char *apply_request(struct small_store *store,
                                 const struct effect *effect)
{
    const struct request_state *request = &effect->request;
    struct store_request *free_slot = NULL;

    for (size_t i = 0; i < STORE_REQUESTS_MAX; i++) {
        struct store_request *slot = &store->requests[i];
        bool is_same = slot->is_used && memcmp(&slot->state.id, &request->id,
                                               sizeof(request->id)) == 0;

        if (!slot->is_used && free_slot == NULL)
            free_slot = slot;
        if (is_same && effect->type == EFFECT_REQUEST)
            return "a request id is used twice";
        if (is_same) {
            slot->is_used = false;
            return NULL;
        }
    }
    if (effect->type == EFFECT_REQUEST_DROP)
        return "a request id is forgotten that is not known";
    ASSERT(free_slot != NULL);
    *free_slot = (struct store_request){.is_used = true,
                                        .numbers = text_of(request->numbers),
                                        .state = *request};
    return NULL;
}

static const char *apply_conflict(struct small_store *store,
                                  const struct effect *effect)
{
    const struct conflict_state *conflict = &effect->conflict;
    struct store_conflict *free_slot = NULL;

    for (size_t i = 0; i < STORE_CONFLICTS_MAX; i++) {
        struct store_conflict *slot = &store->conflicts[i];
        bool is_same = slot->is_used &&
                       slot->state.revision == conflict->revision &&
                       slot->state.position == conflict->position;

        if (!slot->is_used && free_slot == NULL)
            free_slot = slot;
        if (is_same && effect->type == EFFECT_CONFLICT)
            return "two conflicts have one place";
        if (is_same) {
            slot->is_used = false;
            return NULL;
        }
    }
    if (effect->type == EFFECT_CONFLICT_DROP)
        return "a conflict is dropped that is not there";
    ASSERT(free_slot != NULL);
    *free_slot = (struct store_conflict){.is_used = true,
                                         .key = text_of(conflict->key),
                                         .value = text_of(conflict->value),
                                         .state = *conflict};
    return NULL;
}

static const char *apply_ended(struct small_store *store,
                               const struct effect *effect)
{
    size_t key = (size_t)(need_key(store, effect->key) - store->keys);
    struct store_ended *free_slot = NULL;

    for (size_t i = 0; i < STORE_ENDED_MAX; i++) {
        struct store_ended *slot = &store->ended[i];
        bool is_same = slot->is_used && slot->key == key &&
                       slot->generation == effect->trail.generation;

        if (!slot->is_used && free_slot == NULL)
            free_slot = slot;
        if (is_same && effect->type == EFFECT_LIST_ENDED)
            return "a list ends twice";
        if (is_same) {
            slot->is_used = false;
            return NULL;
        }
    }
    if (effect->type == EFFECT_LIST_PURGED)
        return "a list is purged that did not end";
    ASSERT(free_slot != NULL);
    *free_slot = (struct store_ended){
        .is_used = true, .key = key, .generation = effect->trail.generation};
    return NULL;
}

static const char *apply_user(struct small_store *store,
                              const struct user_record *record,
                              const struct user_state *user)
{
    if (user->log_index != store->user.log_index)
        return "the user's record names another one before it";
    if (record->revision != 0 && user->revision != record->revision)
        return "the user's record has another revision than the record";
    store->user = *user;
    store->user.log_index = store->log_index;
    return NULL;
}

static void end_history(struct small_store *store)
{
    struct user_state user = store->user;
    uint64_t time_us = store->time_us;
    uint64_t log_index = store->log_index;

    store_init(store);
    store->user = user;
    store->time_us = time_us;
    store->log_index = log_index;
}

static const char *apply_effect(struct small_store *store,
                                const struct user_record *record,
                                const struct effect *effect)
{
    switch (effect->type) {
    case EFFECT_PUT:
    case EFFECT_REMOVE:
    case EFFECT_COUNTER:
        return apply_key(store, record, effect);
    case EFFECT_LIST_ADD:
    case EFFECT_LIST_REMOVE:
        return apply_element(store, record, effect);
    case EFFECT_KEY_DROP:
        return drop_key(store, effect);
    case EFFECT_ELEMENT_DROP:
        return drop_element(store, effect);
    case EFFECT_USER:
        return apply_user(store, record, &effect->user);
    case EFFECT_DEVICE:
        return apply_device(store, &effect->device_state);
    case EFFECT_OUTCOME:
    case EFFECT_OUTCOME_DROP:
        return apply_outcome(store, effect);
    case EFFECT_REQUEST:
    case EFFECT_REQUEST_DROP:
        return apply_request(store, effect);
    case EFFECT_CONFLICT:
    case EFFECT_CONFLICT_DROP:
        return apply_conflict(store, effect);
    case EFFECT_LIST_ENDED:
    case EFFECT_LIST_PURGED:
        return apply_ended(store, effect);
    case EFFECT_HISTORY_ENDED:
        end_history(store);
        return NULL;
    case EFFECT_HISTORY_PURGED:
        return NULL;
    case EFFECT_UPLOAD_PART:
    case EFFECT_UPLOAD:
    case EFFECT_UPLOAD_DROP:
        return "it keeps no uploads";
    }
    return "an effect of no known type";
}

const char *store_apply(struct small_store *store,
                        const struct user_record *record)
{
    const char *wrong = NULL;

    if (record->time_us < store->time_us)
        return "time goes back";
    if (record->revision != 0 && record->revision != store->user.revision + 1)
        return "revisions are not contiguous";
    if (record->history_id == 0)
        return "a record of no history";
    store->time_us = record->time_us;
    store->log_index++;
    /* Drops are judged by the floor that comes with them. */
    for (size_t i = 0; wrong == NULL && i < record->effect_count; i++) {
        if (record->effects[i].type == EFFECT_USER)
            wrong = apply_user(store, record, &record->effects[i].user);
    }
    for (size_t i = 0; wrong == NULL && i < record->effect_count; i++) {
        if (record->effects[i].type != EFFECT_USER)
            wrong = apply_effect(store, record, &record->effects[i]);
    }
    return wrong != NULL ? wrong : store_check(store);
}
