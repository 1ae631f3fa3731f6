#include "client/store_large.h"

#include "base/bounds.h"
#include "client/replica_marks.h"
#include "client/store_internal.h"
#include "model/upload.h"

#include <stdlib.h>
#include <string.h>

/* A value that was put and is not committed: it is named by nothing else. */
struct put_large {
    uint64_t upload;
    uint64_t bytes;
    uint64_t hash;
};

struct parts_id store_large_of(const struct operation *operation)
{
    return (struct parts_id){.key = operation->key,
                             .bytes = operation->bytes,
                             .hash = operation->hash};
}

struct parts_id store_large_shown(struct bytes key,
                                  const struct key_state *state)
{
    return (struct parts_id){.key = key,
                             .bytes = state->element_bytes,
                             .hash = key_state_parts_hash(state)};
}

static uint64_t random_number(struct store *store)
{
    uint8_t bytes[sizeof(uint64_t)];
    struct reader reader;

    store->random(store->random_owner, bytes, sizeof(bytes));
    reader_init(&reader, bytes_make(bytes, sizeof(bytes)));
    return reader_u64(&reader);
}

uint64_t store_new_upload(struct store *store)
{
    return upload_number(random_number(store));
}

/* ---- What is put ---- */

static size_t put_count(const struct store *store)
{
    return store->put_large.size / sizeof(struct put_large);
}

static struct put_large put_at(const struct store *store, size_t place)
{
    struct put_large put;

    memcpy(&put, store->put_large.data + place * sizeof(put), sizeof(put));
    return put;
}

static void forget_put(struct store *store, uint64_t upload)
{
    struct buffer *puts = &store->put_large;
    const size_t size = sizeof(struct put_large);

    for (size_t i = 0; i < put_count(store); i++) {
        if (put_at(store, i).upload != upload)
            continue;
        memmove(puts->data + i * size, puts->data + (i + 1) * size,
                puts->size - (i + 1) * size);
        puts->size -= size;
        return;
    }
}

/* A whole part, or what is left. */
static enum dalv_status read_part(store_source *source, void *owner,
                                  uint8_t *memory, struct bytes *out_part)
{
    size_t filled = 0;
    size_t size = 1;

    while (filled < BOUNDS_VALUE_MAX && size > 0) {
        enum dalv_status status =
            source(owner, memory + filled, BOUNDS_VALUE_MAX - filled, &size);

        if (status != DALV_OK)
            return status;
        filled += size;
    }
    *out_part = bytes_make(memory, filled);
    return DALV_OK;
}

static enum dalv_status fill(struct parts_file *file, store_source *source,
                             void *owner)
{
    uint8_t *memory = malloc(BOUNDS_VALUE_MAX);
    struct bytes part = {.size = BOUNDS_VALUE_MAX};
    enum dalv_status status = memory == NULL ? DALV_NO_MEMORY : DALV_OK;

    while (status == DALV_OK && part.size == BOUNDS_VALUE_MAX) {
        status = read_part(source, owner, memory, &part);
        if (status == DALV_OK && part.size > 0)
            status = parts_file_append(file, part);
    }
    if (status == DALV_OK && parts_file_bytes(file) <= BOUNDS_VALUE_MAX)
        status = DALV_INVALID;
    free(memory);
    return status;
}

enum dalv_status store_put_large(struct store *store, store_source *source,
                                 void *owner, struct operation *operation)
{
    struct put_large put = {.upload = store_new_upload(store)};
    struct parts_file *file = NULL;
    enum dalv_status status = DALV_OK;

    if (put_count(store) >= STORE_PUT_LARGE_MAX)
        return DALV_BUSY;
    status = buffer_reserve(&store->put_large, sizeof(put));
    if (status == DALV_OK)
        status = parts_folder_begin(&store->large, operation->key, put.upload,
                                    &file);
    if (status != DALV_OK)
        return status;
    status = fill(file, source, owner);
    if (status != DALV_OK) {
        parts_folder_drop(&store->large, put.upload, &file);
        return status;
    }
    put.bytes = parts_file_bytes(file);
    put.hash = parts_file_hash(file);
    status =
        parts_folder_keep(&store->large, operation->key, put.upload, &file);
    if (status != DALV_OK)
        return status;
    buffer_put(&store->put_large, bytes_make(&put, sizeof(put)));
    operation->upload = put.upload;
    operation->bytes = put.bytes;
    operation->hash = put.hash;
    return DALV_OK;
}

enum dalv_status store_drop_large(struct store *store,
                                  const struct operation *operation)
{
    forget_put(store, operation->upload);
    store->is_sweep_due = true;
    return store_sweep_large(store, /* is_opening= */ false);
}

enum dalv_status store_check_large(struct store *store,
                                   const struct transaction *transaction)
{
    enum dalv_status status = DALV_OK;

    for (size_t i = 0; status == DALV_OK && i < transaction->operation_count;
         i++) {
        const struct operation *operation = &transaction->operations[i];
        struct parts_id id = store_large_of(operation);

        if (operation->type == OPERATION_PUT_UPLOADED &&
            !store_has_large(store, &id))
            status = DALV_NOT_FOUND;
    }
    return status;
}

void store_commit_large(struct store *store,
                        const struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->operation_count; i++) {
        if (transaction->operations[i].type == OPERATION_PUT_UPLOADED)
            forget_put(store, transaction->operations[i].upload);
    }
}

/* ---- What is there ---- */

enum dalv_status store_open_large(struct store *store,
                                  const struct parts_id *id,
                                  struct parts_file **out_file)
{
    return parts_folder_open(&store->large, id, out_file);
}

bool store_has_large(struct store *store, const struct parts_id *id)
{
    struct parts_file *file = NULL;
    bool has = store_open_large(store, id, &file) == DALV_OK;

    parts_file_close(&file);
    return has;
}

enum dalv_status store_lack_large(struct store *store,
                                  const struct parts_id *id)
{
    enum dalv_status status = parts_folder_remove(&store->large, id);

    if (status == DALV_OK)
        status = replica_mark_put(store->replica, REPLICA_MARK_LACKING, id->key,
                                  (struct bytes){0});
    return status;
}

/* ---- What nothing names ---- */

static bool is_in_journal(const struct ledger_entry *entry,
                          const struct parts_id *id)
{
    for (; entry != NULL; entry = entry->next) {
        for (size_t i = 0; i < entry->transaction.operation_count; i++) {
            const struct operation *operation =
                &entry->transaction.operations[i];

            if (operation->type == OPERATION_PUT_UPLOADED &&
                operation->hash == id->hash && operation->bytes == id->bytes &&
                bytes_equal(operation->key, id->key))
                return true;
        }
    }
    return false;
}

static bool is_put(const struct store *store, const struct parts_id *id)
{
    for (size_t i = 0; i < put_count(store); i++) {
        struct put_large put = put_at(store, i);

        if (put.hash == id->hash && put.bytes == id->bytes)
            return true;
    }
    return false;
}

/* What can not be read may name it. */
static bool is_in_replica(struct store *store, enum replica_set set,
                          const struct parts_id *id)
{
    struct key_value value;
    enum dalv_status status;
    bool is_named;

    key_value_init(&value);
    status = replica_get_state(store->replica, set, id->key, &value);
    is_named = status != DALV_NOT_FOUND;
    if (status == DALV_OK)
        is_named = key_state_is_in_parts(&value.state) &&
                   value.state.element_bytes == id->bytes &&
                   key_state_parts_hash(&value.state) == id->hash;
    key_value_deinit(&value);
    return is_named;
}

static bool is_named(void *owner, const struct parts_id *id)
{
    struct store *store = owner;

    return is_in_journal(ledger_pending(store->ledger)->first, id) ||
           is_in_journal(ledger_losses(store->ledger)->first, id) ||
           is_put(store, id) || is_in_replica(store, REPLICA_SHOWN, id) ||
           is_in_replica(store, REPLICA_STAGED, id);
}

enum dalv_status store_sweep_large(struct store *store, bool is_opening)
{
    enum dalv_status status;

    store->is_sweep_due |= replica_take_lost_parts(store->replica);
    if (!is_opening && !store->is_sweep_due)
        return DALV_OK;
    status = parts_folder_sweep(&store->large, is_opening, is_named, store);
    store->is_sweep_due = status != DALV_OK;
    return status;
}
