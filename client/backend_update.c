/*
 * A backend's writes: each one transaction under one request id.
 */
#include "base/bounds.h"
#include "client/backend_internal.h"
#include "client/public_bytes.h"
#include "client/random.h"
#include "client/transaction_builder.h"
#include "model/user_id.h"

#include <stdlib.h>

/* An update that waits for its answer, with or without somebody to call. */
struct update_wait {
    struct dalv_backend *backend;
    dalv_answer_callback *callback;
    void *owner;
    struct dalv_update_result result;
};

static void read_result(const struct message *message,
                        struct dalv_update_result *out_result)
{
    const struct message_updated *updated;

    if (message == NULL || message->type != MESSAGE_UPDATED)
        return;
    updated = &message->updated;
    out_result->revision = updated->head.revision;
    out_result->epoch = updated->epoch;
    out_result->operation = updated->operation;
    if (updated->number_count > 0)
        out_result->number = updated->numbers[updated->number_count - 1];
}

/* An answer of another kind than was asked for is the router's mistake; what
   it did is not known. */
static enum dalv_status checked_status(const struct call_answer *answer)
{
    bool is_expected = answer->message == NULL ||
                       answer->message->type == MESSAGE_UPDATED ||
                       answer->message->type == MESSAGE_REFUSED;

    return is_expected ? answer->status : DALV_UNKNOWN;
}

static void on_updated(void *owner, const struct call_answer *answer)
{
    struct update_wait *wait = owner;

    read_result(answer->message, &wait->result);
    if (checked_status(answer) != answer->status)
        wait->result.revision = 0;
}

static void on_updated_later(void *owner, const struct call_answer *answer)
{
    struct update_wait *wait = owner;

    on_updated(wait, answer);
    wait->backend->called_back++;
    (void)backend_fail(wait->backend, answer->status, answer->text);
    if (wait->callback != NULL && !wait->backend->is_closing)
        wait->callback(wait->owner, checked_status(answer), &wait->result,
                       NULL);
    free(wait);
}

/* The question; its transaction is in `bytes`. */
static enum dalv_status make_question(struct dalv_bytes user,
                                      const struct dalv_transaction *built,
                                      struct buffer *bytes,
                                      struct message *out_question)
{
    struct transaction view = transaction_builder_view(built);
    struct message_update update = {.user = public_bytes_in(user)};
    enum dalv_status status = user_id_check(update.user);

    if (status != DALV_OK)
        return status;
    view.after = 0; /* A device's matter. */
    status = transaction_builder_encode(&view, bytes);
    if (status != DALV_OK)
        return status;
    update.transaction = buffer_bytes(bytes);
    update.id = built->request;
    if (!built->has_request)
        random_fill(update.id.bytes, sizeof(update.id.bytes));
    *out_question = (struct message){.type = MESSAGE_UPDATE, .update = update};
    return DALV_OK;
}

enum dalv_status dalv_backend_update(struct dalv_backend *backend,
                                     struct dalv_bytes user,
                                     struct dalv_transaction **transaction_p,
                                     struct dalv_update_result *out_result)
{
    struct update_wait wait = {.backend = backend};
    struct buffer bytes;
    struct message question;
    enum dalv_status status;

    buffer_init(&bytes);
    status = make_question(user, *transaction_p, &bytes, &question);
    dalv_transaction_destroy(transaction_p);
    if (status == DALV_OK)
        status = backend_ask_and_wait(backend, &question, on_updated, &wait);
    else
        (void)backend_fail(backend, status, dalv_status_text(status));
    buffer_deinit(&bytes);
    if (out_result != NULL)
        *out_result = wait.result;
    return status;
}

enum dalv_status
dalv_backend_send_update(struct dalv_backend *backend, struct dalv_bytes user,
                         struct dalv_transaction **transaction_p,
                         dalv_answer_callback *callback, void *owner)
{
    struct update_wait *wait = calloc(1, sizeof(*wait));
    struct buffer bytes;
    struct message question;
    enum dalv_status status = DALV_NO_MEMORY;

    buffer_init(&bytes);
    if (wait != NULL)
        status = make_question(user, *transaction_p, &bytes, &question);
    if (status == DALV_OK) {
        *wait = (struct update_wait){
            .backend = backend, .callback = callback, .owner = owner};
        status = backend_ask(backend, &question, on_updated_later, wait);
    }
    buffer_deinit(&bytes);
    if (status != DALV_OK)
        free(wait);
    /* Told to poll first, the caller sends the same transaction again. */
    if (status != DALV_BUSY)
        dalv_transaction_destroy(transaction_p);
    return status;
}

/* One operation, or what was wrong with it. */
static enum dalv_status update_one(struct dalv_backend *backend,
                                   struct dalv_bytes user,
                                   struct dalv_transaction **transaction_p,
                                   enum dalv_status built,
                                   struct dalv_update_result *out_result)
{
    if (built != DALV_OK) {
        dalv_transaction_destroy(transaction_p);
        return backend_fail(backend, built, dalv_status_text(built));
    }
    return dalv_backend_update(backend, user, transaction_p, out_result);
}

enum dalv_status dalv_backend_put(struct dalv_backend *backend,
                                  struct dalv_bytes user, struct dalv_bytes key,
                                  struct dalv_bytes value,
                                  const struct dalv_put_options *options)
{
    struct dalv_transaction *transaction = NULL;
    struct dalv_upload upload = {.number = 0};
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK && value.size > BOUNDS_VALUE_MAX) {
        status = dalv_backend_upload_bytes(backend, user, key, value, &upload);
        if (status == DALV_OK)
            status =
                dalv_transaction_put_upload(transaction, key, &upload, options);
    } else if (status == DALV_OK) {
        status = dalv_transaction_put(transaction, key, value, options);
    }
    return update_one(backend, user, &transaction, status, NULL);
}

enum dalv_status dalv_backend_del(struct dalv_backend *backend,
                                  struct dalv_bytes user, struct dalv_bytes key)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = dalv_transaction_del(transaction, key);
    return update_one(backend, user, &transaction, status, NULL);
}

enum dalv_status dalv_backend_increment(struct dalv_backend *backend,
                                        struct dalv_bytes user,
                                        struct dalv_bytes key, int64_t number,
                                        int64_t *out_result)
{
    struct dalv_transaction *transaction = NULL;
    struct dalv_update_result result = {0};
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = dalv_transaction_increment(transaction, key, number);
    status = update_one(backend, user, &transaction, status, &result);
    if (status == DALV_OK && out_result != NULL)
        *out_result = result.number;
    return status;
}

enum dalv_status dalv_backend_list_add(struct dalv_backend *backend,
                                       struct dalv_bytes user,
                                       struct dalv_bytes key,
                                       struct dalv_bytes element)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status == DALV_OK)
        status = dalv_transaction_list_add(transaction, key, element);
    return update_one(backend, user, &transaction, status, NULL);
}

enum dalv_status dalv_backend_erase(struct dalv_backend *backend,
                                    struct dalv_bytes user)
{
    struct message question = {
        .type = MESSAGE_ERASE,
        .erase = {.user = public_bytes_in(user)},
    };
    enum dalv_status status = user_id_check(question.erase.user);

    if (status != DALV_OK)
        return backend_fail(backend, status, dalv_status_text(status));
    random_fill(question.erase.id.bytes, sizeof(question.erase.id.bytes));
    return backend_ask_and_wait(backend, &question, NULL, NULL);
}
