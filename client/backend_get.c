/*
 * A backend's reads of one key. The answer to GET holds the beginning of a long
 * list only, and of a large value no part; then the key is read as a range of
 * one key, page by page.
 */
#include "base/bounds.h"
#include "client/backend_internal.h"
#include "client/equal_elements.h"
#include "client/public_bytes.h"
#include "client/value_stream.h"
#include "model/user_id.h"

#include <stdlib.h>
#include <string.h>

enum {
    ATTEMPTS_MAX = 8 /* Of a value that is replaced while it is read. */
};

/* A read that is on its way. */
struct lookup {
    struct dalv_backend *backend;
    dalv_answer_callback *callback;
    void *owner;
    struct value_stream stream;
    struct dalv_value *value; /* As far as it was told. */
    unsigned attempt_count;
    struct bytes user; /* Both behind the struct. */
    struct bytes key;
};

static void ask_rest(struct lookup *lookup, struct bytes resume);

static bool keep_value(void *owner, struct bytes key,
                       struct dalv_value **value_p)
{
    struct lookup *lookup = owner;

    if (!bytes_equal(key, lookup->key))
        return true;
    dalv_value_destroy(&lookup->value);
    lookup->value = *value_p;
    *value_p = NULL;
    return true;
}

static void tell(struct lookup *lookup, enum dalv_status status,
                 const char *text)
{
    (void)backend_fail(lookup->backend, status, text);
    lookup->backend->called_back++;
    if (!lookup->backend->is_closing)
        lookup->callback(lookup->owner, status, NULL,
                         status == DALV_OK ? lookup->value : NULL);
    dalv_value_destroy(&lookup->value);
    value_stream_deinit(&lookup->stream);
    free(lookup);
}

/* True if the value was replaced on the way, and is read once more. */
static bool reads_again(struct lookup *lookup)
{
    if (lookup->value == NULL || dalv_value_is_whole(lookup->value) ||
        lookup->attempt_count == ATTEMPTS_MAX)
        return false;
    lookup->attempt_count++;
    dalv_value_destroy(&lookup->value);
    ask_rest(lookup, (struct bytes){0});
    return true;
}

static void end(struct lookup *lookup, enum dalv_status status,
                const char *text)
{
    value_stream_finish(&lookup->stream);
    if (status == DALV_OK && reads_again(lookup))
        return;
    if (status == DALV_OK && lookup->value != NULL &&
        !dalv_value_is_whole(lookup->value)) {
        status = DALV_BUSY;
        text = "the value is replaced faster than it can be read";
    }
    if (status == DALV_OK && lookup->value == NULL)
        status = DALV_NOT_FOUND;
    tell(lookup, status, text);
}

static void on_ranged(void *owner, const struct call_answer *answer)
{
    struct lookup *lookup = owner;
    const struct message_ranged *ranged;
    enum dalv_status status = answer->status;

    if (status == DALV_OK && answer->message->type != MESSAGE_RANGED)
        status = DALV_PROTOCOL;
    if (status != DALV_OK) {
        end(lookup, status, answer->text);
        return;
    }
    ranged = &answer->message->ranged;
    status = value_stream_page(&lookup->stream, ranged->page);
    if (status == DALV_OK && !ranged->is_whole)
        ask_rest(lookup, ranged->resume);
    else
        end(lookup, status, dalv_status_text(status));
}

/* From the key up to and with the key. */
static void ask_rest(struct lookup *lookup, struct bytes resume)
{
    const struct message question = {
        .type = MESSAGE_RANGE,
        .range = {.user = lookup->user,
                  .prefix = lookup->key,
                  .to_key = lookup->key,
                  .has_parts = true,
                  .max_staleness_ms = lookup->backend->max_staleness_ms,
                  .resume = resume},
    };
    enum dalv_status status =
        backend_ask(lookup->backend, &question, on_ranged, lookup);

    if (status != DALV_OK) {
        value_stream_finish(&lookup->stream);
        tell(lookup, status, dalv_status_text(status));
    }
}

static void on_got(void *owner, const struct call_answer *answer)
{
    struct lookup *lookup = owner;
    enum dalv_status status = answer->status;

    if (status == DALV_OK && answer->message->type != MESSAGE_GOT)
        status = DALV_PROTOCOL;
    if (status == DALV_OK && !answer->message->got.is_whole) {
        ask_rest(lookup, (struct bytes){0});
        return;
    }
    if (status == DALV_OK)
        status = value_stream_page(&lookup->stream, answer->message->got.page);
    if (status == DALV_OK && value_stream_lacks_parts(&lookup->stream)) {
        ask_rest(lookup, (struct bytes){0});
        return;
    }
    end(lookup, status, answer->text);
}

static struct lookup *make_lookup(struct dalv_backend *backend,
                                  struct bytes user, struct bytes key)
{
    struct lookup *lookup = malloc(sizeof(*lookup) + user.size + key.size);
    uint8_t *place;

    if (lookup == NULL)
        return NULL;
    *lookup = (struct lookup){.backend = backend};
    place = (uint8_t *)(lookup + 1);
    memcpy(place, user.data, user.size);
    memcpy(place + user.size, key.data, key.size);
    lookup->user = bytes_make(place, user.size);
    lookup->key = bytes_make(place + user.size, key.size);
    value_stream_init(&lookup->stream, keep_value, lookup);
    return lookup;
}

static enum dalv_status check_names(struct bytes user, struct bytes key)
{
    if (key.size == 0)
        return DALV_INVALID;
    if (key.size > BOUNDS_KEY_MAX)
        return DALV_TOO_BIG;
    return user_id_check(user);
}

enum dalv_status dalv_backend_send_get(struct dalv_backend *backend,
                                       struct dalv_bytes user,
                                       struct dalv_bytes key,
                                       dalv_answer_callback *callback,
                                       void *owner)
{
    struct message question = {
        .type = MESSAGE_GET,
        .get = {.user = public_bytes_in(user),
                .key = public_bytes_in(key),
                .max_staleness_ms = backend->max_staleness_ms},
    };
    enum dalv_status status = check_names(question.get.user, question.get.key);
    struct lookup *lookup;

    if (status != DALV_OK)
        return backend_fail(backend, status, dalv_status_text(status));
    lookup = make_lookup(backend, question.get.user, question.get.key);
    if (lookup == NULL)
        return DALV_NO_MEMORY;
    lookup->callback = callback;
    lookup->owner = owner;
    status = backend_ask(backend, &question, on_got, lookup);
    if (status != DALV_OK) {
        value_stream_deinit(&lookup->stream);
        free(lookup);
    }
    return status;
}

struct get_wait {
    bool is_done;
    enum dalv_status status;
    struct dalv_value *value;
};

/* The value is borrowed for the call; what waits for it wants to own it. */
static void on_value(void *owner, enum dalv_status status,
                     const struct dalv_update_result *result,
                     const struct dalv_value *value)
{
    struct get_wait *wait = owner;

    (void)result;
    wait->is_done = true;
    wait->status = status;
    if (status == DALV_OK)
        wait->status = value_copy(value, &wait->value);
}

enum dalv_status dalv_backend_get(struct dalv_backend *backend,
                                  struct dalv_bytes user, struct dalv_bytes key,
                                  struct dalv_value **out_value)
{
    struct get_wait wait = {0};
    enum dalv_status status =
        dalv_backend_send_get(backend, user, key, on_value, &wait);

    if (status != DALV_OK)
        return status;
    while (!wait.is_done)
        backend_turn(backend, UINT64_MAX);
    if (wait.status == DALV_OK)
        *out_value = wait.value;
    return wait.status;
}

/* What is to be removed is what there is now. */
static enum dalv_status get_from_master(struct dalv_backend *backend,
                                        struct dalv_bytes user,
                                        struct dalv_bytes key,
                                        struct dalv_value **out_value)
{
    uint32_t max_staleness_ms = backend->max_staleness_ms;
    enum dalv_status status;

    backend->max_staleness_ms = 0;
    status = dalv_backend_get(backend, user, key, out_value);
    backend->max_staleness_ms = max_staleness_ms;
    return status;
}

enum dalv_status dalv_backend_list_remove(struct dalv_backend *backend,
                                          struct dalv_bytes user,
                                          struct dalv_bytes key,
                                          struct dalv_bytes element)
{
    struct dalv_value *value = NULL;
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = get_from_master(backend, user, key, &value);

    if (status != DALV_OK)
        return status;
    status = dalv_transaction_create(&transaction);
    if (status == DALV_OK)
        status = equal_elements_remove(transaction, key, value, element);
    dalv_value_destroy(&value);
    if (status == DALV_OK)
        return dalv_backend_update(backend, user, &transaction, NULL);
    dalv_transaction_destroy(&transaction);
    return backend_fail(backend, status, dalv_status_text(status));
}
