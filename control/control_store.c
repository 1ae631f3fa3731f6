#include "control/control_store.h"

#include "base/assert.h"

static bool is_key(struct bytes key)
{
    return key.size >= 1 && key.size <= CONTROL_KEY_BYTES_MAX;
}

void control_answer_init(struct control_answer *answer, void *memory)
{
    *answer = (struct control_answer){0};
    arena_init(&answer->arena, memory, CONTROL_ANSWER_BYTES_MAX);
}

void control_answer_clear(struct control_answer *answer)
{
    arena_clear(&answer->arena);
    answer->count = 0;
    answer->is_whole = false;
}

enum dalv_status control_answer_add(struct control_answer *answer,
                                    const struct control_entry *entry)
{
    struct control_entry *copy = &answer->entries[answer->count];

    if (answer->count == CONTROL_ENTRIES_MAX || !is_key(entry->key) ||
        entry->value.size > CONTROL_VALUE_BYTES_MAX || entry->revision == 0)
        return DALV_DAMAGED;
    if (!arena_copy(&answer->arena, entry->key, &copy->key) ||
        !arena_copy(&answer->arena, entry->value, &copy->value))
        return DALV_DAMAGED;
    copy->revision = entry->revision;
    answer->count++;
    return DALV_OK;
}

enum dalv_status control_store_get(struct control_store *store,
                                   struct bytes key,
                                   struct control_answer *answer)
{
    ASSERT(is_key(key));
    control_answer_clear(answer);
    return store->table->get(store, key, answer);
}

enum dalv_status control_store_list(struct control_store *store,
                                    struct bytes prefix, struct bytes after,
                                    struct control_answer *answer)
{
    ASSERT(is_key(prefix));
    ASSERT(after.size == 0 || bytes_has_prefix(after, prefix));
    control_answer_clear(answer);
    return store->table->list(store, prefix, after, answer);
}

static bool is_named_before(const struct control_transaction *transaction,
                            size_t place)
{
    const struct control_change *changes = transaction->changes;

    for (size_t i = 0; i < place; i++) {
        if (bytes_equal(changes[i].key, changes[place].key))
            return true;
    }
    return false;
}

enum dalv_status control_store_commit(
    struct control_store *store, const struct control_transaction *transaction,
    uint64_t *out_revision)
{
    size_t bytes = 0;

    ASSERT(transaction->count >= 1);
    ASSERT(transaction->count <= CONTROL_CHANGES_MAX);
    for (size_t i = 0; i < transaction->count; i++) {
        const struct control_change *change = &transaction->changes[i];

        ASSERT(is_key(change->key));
        ASSERT(!is_named_before(transaction, i));
        if (change->value.size > CONTROL_VALUE_BYTES_MAX)
            return DALV_TOO_BIG;
        bytes += change->key.size + change->value.size;
    }
    if (bytes > CONTROL_TRANSACTION_BYTES_MAX)
        return DALV_TOO_BIG;
    return store->table->commit(store, transaction, out_revision);
}

void control_store_wait(struct control_store *store, struct bytes key,
                        uint64_t revision, uint32_t patience_ms)
{
    ASSERT(is_key(key));
    store->table->wait(store, key, revision, patience_ms);
}

const char *control_store_problem(const struct control_store *store)
{
    return store->table->problem(store);
}

void control_store_close(struct control_store **store_p)
{
    struct control_store *store = *store_p;

    if (store == NULL)
        return;
    *store_p = NULL;
    store->table->close(store);
}
