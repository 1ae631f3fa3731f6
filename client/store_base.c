#include "client/store_internal.h"

#include "base/sort.h"

#include <stdlib.h>

static enum dalv_status put_change(struct buffer *page,
                                   const struct change *change)
{
    size_t bytes_max = REPLICA_CHANGE_BYTES_MAX + change->key.size +
                       change->state.value.size + change->element.value.size;
    struct change_writer changes;
    struct writer writer;
    enum dalv_status status = buffer_reserve(page, bytes_max);

    if (status != DALV_OK)
        return status;
    writer_init(&writer, page->data + page->size, bytes_max);
    change_writer_init(&changes, &writer);
    status = change_put(&changes, change);
    page->size += writer.size;
    return status;
}

enum dalv_status store_put_base(struct store *store, struct bytes key,
                                enum store_base extent, struct buffer *page)
{
    struct change change = {.type = CHANGE_KEY, .key = key};
    struct key_value value;
    enum dalv_status status;

    key_value_init(&value);
    status = replica_get(store->replica, key, &value);
    change.state = value.state;
    if (status == DALV_OK && value.state.kind != KEY_NONE)
        status = put_change(page, &change);
    for (size_t i = 0; status == DALV_OK && extent == STORE_BASE_ELEMENTS &&
                       i < value.element_count;
         i++) {
        struct change element = {
            .type = CHANGE_ELEMENT, .key = key, .element = value.elements[i]};

        status = put_change(page, &element);
    }
    key_value_deinit(&value);
    return status;
}

/* A key, and how much of it belongs to the base. */
struct wanted {
    struct bytes key;
    enum store_base extent;
};

static int compare_wanted(const void *a, const void *b)
{
    const struct wanted *left = a;
    const struct wanted *right = b;
    int order = bytes_compare(left->key, right->key);

    /* All of a list first: of two for the same key that one is kept. */
    return order != 0 ? order : (int)right->extent - (int)left->extent;
}

static bool ends_a_list(const struct operation *operation)
{
    return operation->type == OPERATION_PUT ||
           operation->type == OPERATION_DEL ||
           operation->type == OPERATION_ADD ||
           operation->type == OPERATION_PUT_UPLOADED;
}

enum dalv_status store_put_bases(struct store *store,
                                 const struct transaction *transaction,
                                 struct buffer *page)
{
    size_t count = transaction->operation_count;
    struct wanted *wanted = calloc(count + 1, sizeof(*wanted));
    enum dalv_status status = DALV_OK;

    if (wanted == NULL)
        return DALV_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const struct operation *operation = &transaction->operations[i];

        wanted[i].key = operation->key;
        wanted[i].extent =
            ends_a_list(operation) ? STORE_BASE_ELEMENTS : STORE_BASE_KEY;
    }
    sort_items(wanted, count, sizeof(*wanted), compare_wanted);
    for (size_t i = 0; status == DALV_OK && i < count; i++) {
        if (i == 0 || !bytes_equal(wanted[i - 1].key, wanted[i].key))
            status =
                store_put_base(store, wanted[i].key, wanted[i].extent, page);
    }
    free(wanted);
    return status;
}
