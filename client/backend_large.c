/*
 * A backend's large values, in parts: up as updates of their own, down as a
 * range of one key.
 */
#include "base/bounds.h"
#include "client/backend_internal.h"
#include "client/memory_source.h"
#include "client/public_bytes.h"
#include "client/random.h"
#include "client/transaction_builder.h"
#include "model/change_format.h"
#include "model/upload.h"
#include "model/user_id.h"

#include <stdlib.h>
#include <string.h>

/* ---- Up ---- */

struct uploading {
    struct dalv_backend *backend;
    struct dalv_bytes user;
    struct operation part; /* The next one; its value in `memory`. */
    struct dalv_upload upload;
    uint8_t *memory;
};

static enum dalv_status send_part(struct uploading *uploading)
{
    struct dalv_transaction *transaction = NULL;
    struct dalv_upload *upload = &uploading->upload;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = transaction_builder_part(transaction, &uploading->part);
    if (status != DALV_OK) {
        dalv_transaction_destroy(&transaction);
        return backend_fail(uploading->backend, status,
                            dalv_status_text(status));
    }
    status = dalv_backend_update(uploading->backend, uploading->user,
                                 &transaction, NULL);
    if (status != DALV_OK)
        return status;
    upload->bytes += uploading->part.value.size;
    upload->hash = upload_hash(upload->hash, uploading->part.value);
    uploading->part.position++;
    return DALV_OK;
}

/* A whole part, or what is left. */
static enum dalv_status read_part(struct uploading *uploading,
                                  const struct dalv_source *source)
{
    size_t filled = 0;
    size_t size = 1;

    while (filled < BOUNDS_VALUE_MAX && size > 0) {
        enum dalv_status status =
            source->read(source->owner, uploading->memory + filled,
                         BOUNDS_VALUE_MAX - filled, &size);

        if (status != DALV_OK)
            return backend_fail(uploading->backend, status,
                                "what was to be uploaded could not be read");
        filled += size;
    }
    uploading->part.value = bytes_make(uploading->memory, filled);
    return DALV_OK;
}

enum dalv_status dalv_backend_drop_upload(struct dalv_backend *backend,
                                          struct dalv_bytes user,
                                          struct dalv_bytes key,
                                          const struct dalv_upload *upload)
{
    struct uploading uploading = {
        .backend = backend,
        .user = user,
        .part = {.type = OPERATION_UPLOAD,
                 .key = public_bytes_in(key),
                 .upload = upload->number},
    };

    return send_part(&uploading);
}

/* What went wrong before is what the caller is told. */
static void give_up_quietly(struct uploading *uploading)
{
    struct dalv_backend *backend = uploading->backend;
    char error[BACKEND_ERROR_BYTES_MAX];

    if (uploading->part.position == 0)
        return;
    memcpy(error, backend->error, sizeof(error));
    uploading->part.value = (struct bytes){0};
    (void)send_part(uploading);
    memcpy(backend->error, error, sizeof(error));
}

static enum dalv_status send_all(struct uploading *uploading,
                                 const struct dalv_source *source)
{
    enum dalv_status status;

    do {
        status = read_part(uploading, source);
        if (status == DALV_OK && uploading->part.value.size > 0)
            status = send_part(uploading);
    } while (status == DALV_OK &&
             uploading->part.value.size == BOUNDS_VALUE_MAX);
    if (status == DALV_OK && uploading->upload.bytes <= BOUNDS_VALUE_MAX)
        return backend_fail(uploading->backend, DALV_INVALID,
                            "a value of up to 1 MiB is put as it is");
    return status;
}

enum dalv_status dalv_backend_upload(struct dalv_backend *backend,
                                     struct dalv_bytes user,
                                     struct dalv_bytes key,
                                     const struct dalv_source *source,
                                     struct dalv_upload *upload)
{
    bool is_named = upload->number != 0;
    uint64_t number = is_named ? upload->number : random_u64();
    struct uploading uploading = {
        .backend = backend,
        .user = user,
        .part = {.type = OPERATION_UPLOAD, .key = public_bytes_in(key)},
        .upload = {.number = upload_number(number)},
        .memory = malloc(BOUNDS_VALUE_MAX),
    };
    enum dalv_status status;

    if (uploading.memory == NULL)
        return DALV_NO_MEMORY;
    uploading.part.upload = uploading.upload.number;
    status = send_all(&uploading, source);
    if (status == DALV_OK)
        *upload = uploading.upload;
    else if (!is_named && dalv_status_outcome(status) == 1)
        give_up_quietly(&uploading);
    free(uploading.memory);
    return status;
}

enum dalv_status dalv_backend_upload_bytes(struct dalv_backend *backend,
                                           struct dalv_bytes user,
                                           struct dalv_bytes key,
                                           struct dalv_bytes value,
                                           struct dalv_upload *upload)
{
    struct bytes rest = public_bytes_in(value);
    const struct dalv_source source = {.read = memory_source_read,
                                       .owner = &rest};

    if (value.size > UPLOAD_BYTES_MAX)
        return backend_fail(backend, DALV_TOO_BIG,
                            "a value has 64 MiB at most");
    return dalv_backend_upload(backend, user, key, &source, upload);
}

/* ---- Down ---- */

struct download {
    struct message question;
    struct buffer resume; /* Of the page before. */
    bool is_whole;        /* No page is left. */
    enum dalv_status status;
    dalv_piece_callback *callback;
    void *owner;
    bool is_told;        /* The key was; ... */
    uint64_t generation; /* ... its parts are these; 0: it has none. */
    uint64_t size;
    uint64_t told;
    uint32_t position; /* Of the next part. */
};

static enum dalv_status tell(struct download *download, struct bytes piece)
{
    download->told += piece.size;
    return download->callback(download->owner, public_bytes_out(piece),
                              download->size)
               ? DALV_OK
               : DALV_CANCELLED;
}

static enum dalv_status on_key(struct download *download,
                               const struct change *change)
{
    const struct key_state *state = &change->state;

    if (!bytes_equal(change->key, download->question.range.to_key))
        return DALV_OK;
    if (state->kind != KEY_REGISTER)
        return DALV_WRONG_KIND;
    if (download->is_told)
        return state->generation == download->generation ? DALV_OK : DALV_BUSY;
    download->is_told = true;
    download->generation = state->generation;
    download->size = state->value.size;
    if (!key_state_is_in_parts(state))
        return tell(download, state->value);
    download->size = state->element_bytes;
    return DALV_OK;
}

static enum dalv_status on_part(struct download *download,
                                const struct change *change)
{
    const struct element_state *part = &change->element;

    if (part->generation != download->generation ||
        part->dot.position != download->position)
        return DALV_BUSY;
    download->position++;
    return tell(download, part->value);
}

static enum dalv_status take_page(struct download *download, struct bytes page)
{
    struct change_reader reader;
    enum dalv_status status = DALV_OK;

    change_reader_init(&reader, page);
    while (status == DALV_OK) {
        struct change change;

        status = change_next(&reader, &change);
        if (status == DALV_OK)
            status = change.type == CHANGE_KEY ? on_key(download, &change)
                                               : on_part(download, &change);
    }
    return status == DALV_NOT_FOUND ? DALV_OK : status;
}

static void on_ranged(void *owner, const struct call_answer *answer)
{
    struct download *download = owner;
    const struct message_ranged *ranged;

    if (answer->status != DALV_OK)
        return;
    download->status = DALV_PROTOCOL;
    if (answer->message->type != MESSAGE_RANGED)
        return;
    ranged = &answer->message->ranged;
    if (!ranged->is_whole && ranged->resume.size == 0)
        return;
    download->is_whole = ranged->is_whole;
    buffer_clear(&download->resume);
    download->status = buffer_reserve(&download->resume, ranged->resume.size);
    if (download->status != DALV_OK)
        return;
    buffer_put(&download->resume, ranged->resume);
    download->status = take_page(download, ranged->page);
}

static enum dalv_status read_pages(struct dalv_backend *backend,
                                   struct download *download)
{
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && !download->is_whole) {
        download->question.range.resume = buffer_bytes(&download->resume);
        status = backend_ask_and_wait(backend, &download->question, on_ranged,
                                      download);
        if (status == DALV_OK)
            status = backend_fail(backend, download->status,
                                  dalv_status_text(download->status));
    }
    return status;
}

/* All that was read, if it is all there is. */
static enum dalv_status check_whole(struct dalv_backend *backend,
                                    const struct download *download)
{
    if (download->told == download->size && download->is_told)
        return DALV_OK;
    return download->is_told
               ? backend_fail(backend, DALV_BUSY,
                              "the value was replaced while it was read")
               : DALV_NOT_FOUND;
}

enum dalv_status dalv_backend_read(struct dalv_backend *backend,
                                   struct dalv_bytes user,
                                   struct dalv_bytes key,
                                   dalv_piece_callback *callback, void *owner)
{
    struct download download = {
        .question = {.type = MESSAGE_RANGE,
                     .range = {.user = public_bytes_in(user),
                               .prefix = public_bytes_in(key),
                               .to_key = public_bytes_in(key),
                               .is_without_elements = true,
                               .has_parts = true}},
        .callback = callback,
        .owner = owner,
    };
    enum dalv_status status = user_id_check(download.question.range.user);

    if (status == DALV_OK && key.size == 0)
        status = DALV_INVALID;
    if (status == DALV_OK && key.size > BOUNDS_KEY_MAX)
        status = DALV_TOO_BIG;
    if (status != DALV_OK)
        return backend_fail(backend, status, dalv_status_text(status));
    buffer_init(&download.resume);
    status = read_pages(backend, &download);
    buffer_deinit(&download.resume);
    return status == DALV_OK ? check_whole(backend, &download) : status;
}
