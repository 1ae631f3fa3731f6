#include "base/hash.h"
#include "base/sort.h"
#include "client/overlay.h"
#include "client/store_internal.h"

#include <stdlib.h>

/*
 * One operation of pending work. What the cluster or another device made of
 * the key meanwhile may not admit it: then it is not seen, and the cluster's
 * answer will say why.
 */
static enum dalv_status lay_over(const struct store *store,
                                 const struct ledger_entry *entry, size_t place,
                                 struct key_value *value)
{
    const struct operation *operation = &entry->transaction.operations[place];
    struct dot dot = {DOT_SELF, entry->draft.local_id, (uint32_t)place};
    enum dalv_status status;

    for (size_t i = 0; i < operation->dot_count; i++) {
        if (key_value_remove_element(
                value, store_settled_dot(store, operation->dots[i])))
            value->state.element_count--;
    }
    status = overlay_apply(value, operation, dot);
    return status == DALV_NO_MEMORY ? status : DALV_OK;
}

enum dalv_status store_overlay(struct store *store, struct bytes key,
                               struct key_value *value)
{
    const struct ledger_entry *entry = ledger_pending(store->ledger)->first;
    uint64_t hash = hash64(key);
    enum dalv_status status = DALV_OK;

    for (; status == DALV_OK && entry != NULL; entry = entry->next) {
        if (store_is_absorbed(store, entry))
            continue;
        for (size_t i = 0;
             status == DALV_OK && i < entry->transaction.operation_count; i++) {
            if (entry->key_hashes[i] == hash &&
                bytes_equal(entry->transaction.operations[i].key, key))
                status = lay_over(store, entry, i, value);
        }
    }
    return status;
}

enum dalv_status store_get(struct store *store, struct bytes key,
                           struct key_value *out_value)
{
    enum dalv_status status = replica_get(store->replica, key, out_value);

    return status == DALV_OK ? store_overlay(store, key, out_value) : status;
}

static int compare_keys(const void *a, const void *b)
{
    return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

/* The keys of pending work under a prefix, in order, each once. */
struct pending_keys {
    struct bytes *keys;
    size_t count;
};

static size_t count_operations(const struct ledger_entries *entries)
{
    size_t count = 0;
    const struct ledger_entry *entry = entries->first;

    for (; entry != NULL; entry = entry->next)
        count += entry->transaction.operation_count;
    return count;
}

static enum dalv_status collect_keys(struct store *store, struct bytes prefix,
                                     struct pending_keys *pending)
{
    const struct ledger_entries *entries = ledger_pending(store->ledger);
    const struct ledger_entry *entry = entries->first;

    pending->count = 0;
    pending->keys =
        calloc(count_operations(entries) + 1, sizeof(*pending->keys));
    if (pending->keys == NULL)
        return DALV_NO_MEMORY;
    for (; entry != NULL; entry = entry->next) {
        for (size_t i = 0; i < entry->transaction.operation_count; i++) {
            struct bytes key = entry->transaction.operations[i].key;

            if (bytes_has_prefix(key, prefix))
                pending->keys[pending->count++] = key;
        }
    }
    sort_items(pending->keys, pending->count, sizeof(struct bytes),
               compare_keys);
    pending->count = sort_unique(pending->keys, pending->count,
                                 sizeof(struct bytes), compare_keys);
    return DALV_OK;
}

/* The replica's keys and those of pending work, side by side. */
struct scan {
    struct store *store;
    struct bytes prefix;
    struct pending_keys pending;
    size_t pending_next;
    struct buffer shown; /* The replica's next key. */
    bool is_shown_over;
    struct buffer key; /* The one that is visited. */
    store_visitor *visitor;
    void *owner;
};

static enum dalv_status advance_shown(struct scan *scan, struct bytes after)
{
    enum dalv_status status = replica_next_key(
        scan->store->replica, scan->prefix, after, &scan->shown);

    scan->is_shown_over = status == DALV_NOT_FOUND;
    return scan->is_shown_over ? DALV_OK : status;
}

/* Takes the smaller of the two next keys into `key`, or both if equal. */
static enum dalv_status advance(struct scan *scan)
{
    struct bytes shown = buffer_bytes(&scan->shown);
    bool is_pending_over = scan->pending_next == scan->pending.count;
    int order = is_pending_over ? -1 : 1;

    if (scan->is_shown_over && is_pending_over)
        return DALV_NOT_FOUND;
    if (!scan->is_shown_over && !is_pending_over)
        order = bytes_compare(shown, scan->pending.keys[scan->pending_next]);
    buffer_clear(&scan->key);
    buffer_put(&scan->key,
               order <= 0 ? shown : scan->pending.keys[scan->pending_next]);
    if (order >= 0)
        scan->pending_next++;
    if (order > 0)
        return DALV_OK;
    return advance_shown(scan, buffer_bytes(&scan->key));
}

/* DALV_CANCELLED if the visitor has seen enough. */
static enum dalv_status visit(struct scan *scan)
{
    struct key_value value;
    enum dalv_status status;

    key_value_init(&value);
    status = store_get(scan->store, buffer_bytes(&scan->key), &value);
    if (status == DALV_OK && value.state.kind != KEY_NONE &&
        !scan->visitor(scan->owner, buffer_bytes(&scan->key), &value))
        status = DALV_CANCELLED;
    key_value_deinit(&value);
    return status;
}

static enum dalv_status run_scan(struct scan *scan)
{
    enum dalv_status status =
        collect_keys(scan->store, scan->prefix, &scan->pending);

    if (status == DALV_OK)
        status = advance_shown(scan, (struct bytes){0});
    while (status == DALV_OK) {
        status = advance(scan);
        if (status == DALV_OK)
            status = visit(scan);
    }
    return status == DALV_NOT_FOUND || status == DALV_CANCELLED ? DALV_OK
                                                                : status;
}

enum dalv_status store_scan(struct store *store, struct bytes prefix,
                            store_visitor *visitor, void *owner)
{
    struct scan scan = {
        .store = store, .prefix = prefix, .visitor = visitor, .owner = owner};
    enum dalv_status status;

    buffer_init(&scan.shown);
    buffer_init(&scan.key);
    status = run_scan(&scan);
    free(scan.pending.keys);
    buffer_deinit(&scan.shown);
    buffer_deinit(&scan.key);
    return status;
}
