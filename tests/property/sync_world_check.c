#include "tests/property/sync_world_check.h"

#include "base/assert.h"

#include <string.h>

bool world_depends(const struct history_transaction *asked,
                   const struct history_transaction *other)
{
    if (asked->after != 0 && asked->after == other->local_id)
        return true;
    for (size_t i = 0; i < asked->operation_count; i++) {
        for (size_t j = 0; j < other->operation_count; j++) {
            if (asked->operations[i].key == other->operations[j].key)
                return true;
        }
    }
    return false;
}

void world_operations(const struct history_transaction *asked,
                      struct operation *out_operations)
{
    for (size_t i = 0; i < asked->operation_count; i++) {
        const struct history_operation *operation = &asked->operations[i];

        out_operations[i] = (struct operation){
            .type = operation->type,
            .key = bytes_from_text(history_keys[operation->key]),
            .value = bytes_make(&operation->value, 1),
            .ttl_ms = operation->ttl_ms,
            .number = operation->number,
            .dots = operation->dots,
            .dot_count = operation->dot_count,
        };
    }
}

static size_t index_of(struct bytes key)
{
    for (size_t i = 0; i < HISTORY_KEYS; i++) {
        if (bytes_equal(key, bytes_from_text(history_keys[i])))
            return i;
    }
    ASSERT(false);
    return 0;
}

static char letter(struct bytes value)
{
    if (value.size == 0)
        return 0;
    return (char)value.data[0];
}

struct replica_change world_change(const struct change *change)
{
    struct replica_change made = {.change = *change,
                                  .key = index_of(change->key)};

    made.value = letter(change->type == CHANGE_KEY ? change->state.value
                                                   : change->element.value);
    made.change.state.value = (struct bytes){0};
    made.change.element.value = (struct bytes){0};
    return made;
}

/* --- The two servers --- */

static bool is_element_of(const struct store_element *element, size_t key,
                          uint64_t generation)
{
    return element->is_used && element->key == key &&
           element->state.generation == generation &&
           !element->state.is_removed;
}

static bool has_element(const struct small_store *store, size_t key,
                        const struct history_element *wanted)
{
    for (size_t i = 0; i < STORE_ELEMENTS_MAX; i++) {
        const struct store_element *element = &store->elements[i];

        if (is_element_of(element, key, store->keys[key].state.generation) &&
            dot_equal(element->state.dot, wanted->dot))
            return element->state.added_revision == wanted->added &&
                   letter(store_text_bytes(&element->value)) == wanted->value;
    }
    return false;
}

static const char *compare_list(const struct small_store *store,
                                const struct store_key *slot,
                                const struct history_value *truth)
{
    if (truth->kind == KEY_LIST && slot->state.generation != truth->made)
        return "a list is of another time";
    if (truth->kind == KEY_LIST &&
        slot->state.element_count != truth->element_count)
        return "a list has another length";
    for (size_t i = 0; i < truth->element_count; i++) {
        if (!has_element(store, (size_t)(slot - store->keys),
                         &truth->elements[i]))
            return "a list lacks an element";
    }
    return NULL;
}

static const char *compare_key(const struct small_store *store,
                               const struct history_value *truth, size_t key)
{
    const struct store_key *slot = store_key(store, history_keys[key]);

    if (slot == NULL)
        return truth->kind == KEY_NONE ? NULL : "a key is missing";
    if (slot->state.kind != truth->kind)
        return "a key is of another kind";
    if (truth->kind == KEY_REGISTER &&
        letter(store_text_bytes(&slot->value)) != truth->value)
        return "a register holds something else";
    if (slot->state.expiry_us != truth->expiry_us)
        return "a register ends at another time";
    if (truth->kind == KEY_COUNTER && slot->state.number != truth->number)
        return "a counter has another value";
    return compare_list(store, slot, truth);
}

const char *world_compare_servers(const struct world_server *server)
{
    const char *wrong = NULL;

    if (server->store.user.revision != server->history.revision)
        return "the revisions differ";
    for (size_t i = 0; wrong == NULL && i < HISTORY_KEYS; i++)
        wrong = compare_key(&server->store, &server->history.values[i], i);
    return wrong;
}

/* --- Replicas --- */

static bool replica_has(const struct replica_key *key,
                        const struct history_element *wanted)
{
    for (size_t i = 0; i < key->element_count; i++) {
        if (dot_equal(key->elements[i].dot, wanted->dot))
            return key->elements[i].value == wanted->value &&
                   key->elements[i].added == wanted->added;
    }
    return false;
}

static const char *compare_copy(const struct replica_key *copy,
                                const struct history_value *truth)
{
    if (copy->kind != truth->kind)
        return "a replica's key is of another kind";
    if (truth->kind == KEY_REGISTER && copy->value != truth->value)
        return "a replica's register holds something else";
    if (copy->expiry_us != truth->expiry_us)
        return "a replica's register ends at another time";
    if (truth->kind == KEY_COUNTER && copy->number != truth->number)
        return "a replica's counter has another value";
    if (truth->kind == KEY_LIST && copy->element_count != truth->element_count)
        return "a replica's list has another length";
    for (size_t i = 0; i < truth->element_count; i++) {
        if (!replica_has(copy, &truth->elements[i]))
            return "a replica's list lacks an element";
    }
    return NULL;
}

const char *world_compare_replica(const struct world_server *server,
                                  const struct replica *replica)
{
    const char *wrong = NULL;

    if (replica->cursor.revision != server->store.user.revision)
        return "a replica is at another revision";
    for (size_t i = 0; wrong == NULL && i < HISTORY_KEYS; i++) {
        const struct store_key *slot =
            store_key(&server->store, history_keys[i]);

        wrong = compare_copy(&replica->keys[i], &server->history.values[i]);
        if (wrong == NULL && slot != NULL && slot->state.kind != KEY_NONE &&
            key_state_feed_revision(&slot->state) != replica->keys[i].revision)
            wrong = "a replica's key is of another revision";
    }
    return wrong;
}

/* --- Pages --- */

static void put_change(struct replica_reply *reply, const struct change *change)
{
    ASSERT(reply->change_count < REPLICA_CHANGES_MAX);
    reply->changes[reply->change_count++] = world_change(change);
}

/* An entry of the feed that the device must be told. */
static bool is_told(uint64_t revision, struct cursor cursor,
                    const struct push_answer *answer)
{
    struct push_filter filter = answer->filter;

    if (answer->mode != SYNC_TAIL)
        return true;
    return revision > cursor.revision &&
           !push_filter_skips(&filter, (struct bytes){0}, revision);
}

void world_fill_page(const struct small_store *store, struct cursor cursor,
                     const struct push_answer *answer,
                     struct replica_reply *reply)
{
    reply->head =
        (struct cursor){user_state_history(&store->user), store->user.revision};
    for (size_t i = 0; i < STORE_KEYS_MAX; i++) {
        const struct store_key *slot = &store->keys[i];
        struct change change = {.type = CHANGE_KEY,
                                .key = store_text_bytes(&slot->key),
                                .state = slot->state};

        change.state.value = store_text_bytes(&slot->value);
        if (slot->is_used && slot->state.revision != 0 &&
            is_told(key_state_feed_revision(&slot->state), cursor, answer))
            put_change(reply, &change);
    }
    for (size_t i = 0; i < STORE_ELEMENTS_MAX; i++) {
        const struct store_element *slot = &store->elements[i];
        const struct store_key *key = &store->keys[slot->key];
        struct change change = {.type = CHANGE_ELEMENT,
                                .key = store_text_bytes(&key->key),
                                .element = slot->state};

        change.element.value = store_text_bytes(&slot->value);
        if (slot->is_used && slot->state.generation == key->state.generation &&
            is_told(slot->state.revision, cursor, answer))
            put_change(reply, &change);
    }
}

/* --- What is to be dropped --- */

static bool is_key_tombstone(const struct store_key *slot, uint64_t floor)
{
    return slot->is_used && slot->state.kind == KEY_NONE &&
           slot->state.revision != 0 && slot->state.revision <= floor;
}

static bool is_element_tombstone(const struct store_element *slot,
                                 const struct store_key *key, uint64_t floor)
{
    return slot->is_used && slot->state.is_removed &&
           slot->state.generation == key->state.generation &&
           slot->state.revision <= floor;
}

size_t world_list_tombstones(const struct small_store *store, uint64_t floor,
                             struct effect *out_drops, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; count < max && i < STORE_KEYS_MAX; i++) {
        const struct store_key *slot = &store->keys[i];

        if (is_key_tombstone(slot, floor))
            out_drops[count++] =
                (struct effect){.type = EFFECT_KEY_DROP,
                                .key = store_text_bytes(&slot->key),
                                .trail.feed_revision = slot->state.revision};
    }
    for (size_t i = 0; count < max && i < STORE_ELEMENTS_MAX; i++) {
        const struct store_element *slot = &store->elements[i];
        const struct store_key *key = &store->keys[slot->key];

        if (is_element_tombstone(slot, key, floor))
            out_drops[count++] = (struct effect){
                .type = EFFECT_ELEMENT_DROP,
                .key = store_text_bytes(&key->key),
                .dot = slot->state.dot,
                .trail = {.generation = slot->state.generation,
                          .added_revision = slot->state.added_revision,
                          .element_revision = slot->state.revision}};
    }
    return count;
}

const struct store_ended *world_ended_list(const struct small_store *store)
{
    for (size_t i = 0; i < STORE_ENDED_MAX; i++) {
        if (store->ended[i].is_used)
            return &store->ended[i];
    }
    return NULL;
}

size_t world_list_elements(const struct small_store *store,
                           const struct store_ended *ended,
                           struct effect *out_drops, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; count < max && i < STORE_ELEMENTS_MAX; i++) {
        const struct store_element *slot = &store->elements[i];

        if (slot->is_used && slot->key == ended->key &&
            slot->state.generation == ended->generation)
            out_drops[count++] = (struct effect){
                .type = EFFECT_ELEMENT_DROP,
                .key = store_text_bytes(&store->keys[slot->key].key),
                .dot = slot->state.dot,
                .trail = {.generation = slot->state.generation,
                          .added_revision = slot->state.added_revision,
                          .element_revision = slot->state.revision}};
    }
    return count;
}
