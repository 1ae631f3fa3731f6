/*
 * A backend's reads of many: keys under a prefix, and the conflict log.
 */
#include "client/backend_internal.h"
#include "client/public_bytes.h"
#include "client/value_stream.h"
#include "model/user_id.h"

#include <stdlib.h>

struct scan {
    struct message question;
    struct value_stream stream;
    struct buffer resume; /* Of the page before. */
    bool is_whole;
    enum dalv_status status; /* Of the last page. */
    dalv_scan_callback *callback;
    void *owner;
};

static bool tell_key(void *owner, struct bytes key, struct dalv_value **value_p)
{
    struct scan *scan = owner;

    if (*value_p == NULL)
        return true; /* A tombstone; ranges should not have any. */
    return scan->callback(scan->owner, public_bytes_out(key), *value_p);
}

static enum dalv_status keep_resume(struct buffer *buffer, struct bytes resume)
{
    enum dalv_status status;

    buffer_clear(buffer);
    status = buffer_reserve(buffer, resume.size);
    if (status == DALV_OK)
        buffer_put(buffer, resume);
    return status;
}

static void on_ranged(void *owner, const struct call_answer *answer)
{
    struct scan *scan = owner;
    const struct message_ranged *ranged;

    if (answer->status != DALV_OK)
        return;
    if (answer->message->type != MESSAGE_RANGED) {
        scan->status = DALV_PROTOCOL;
        return;
    }
    ranged = &answer->message->ranged;
    scan->is_whole = ranged->is_whole;
    scan->status = keep_resume(&scan->resume, ranged->resume);
    if (scan->status == DALV_OK)
        scan->status = value_stream_page(&scan->stream, ranged->page);
    /* A page that is not the last and says not where to go on would be read
       for ever. */
    if (scan->status == DALV_OK && !ranged->is_whole &&
        ranged->resume.size == 0)
        scan->status = DALV_PROTOCOL;
}

static enum dalv_status read_pages(struct dalv_backend *backend,
                                   struct scan *scan)
{
    enum dalv_status status = DALV_OK;

    while (status == DALV_OK && !scan->is_whole && !scan->stream.is_stopped) {
        scan->question.range.resume = buffer_bytes(&scan->resume);
        status =
            backend_ask_and_wait(backend, &scan->question, on_ranged, scan);
        if (status == DALV_OK)
            status = backend_fail(backend, scan->status,
                                  dalv_status_text(scan->status));
    }
    if (status == DALV_OK)
        value_stream_finish(&scan->stream);
    return status;
}

enum dalv_status dalv_backend_scan(struct dalv_backend *backend,
                                   struct dalv_bytes user,
                                   struct dalv_bytes prefix,
                                   dalv_scan_callback *callback, void *owner)
{
    struct scan scan = {
        .question = {.type = MESSAGE_RANGE,
                     .range = {.user = public_bytes_in(user),
                               .prefix = public_bytes_in(prefix),
                               .max_staleness_ms = backend->max_staleness_ms}},
        .callback = callback,
        .owner = owner,
    };
    enum dalv_status status = user_id_check(scan.question.range.user);

    if (status != DALV_OK)
        return backend_fail(backend, status, dalv_status_text(status));
    buffer_init(&scan.resume);
    value_stream_init(&scan.stream, tell_key, &scan);
    status = read_pages(backend, &scan);
    value_stream_deinit(&scan.stream);
    buffer_deinit(&scan.resume);
    return status;
}

struct listing {
    struct message question;
    struct buffer resume;
    bool is_ended;
    enum dalv_status status;
    dalv_loss_callback *callback;
    void *owner;
};

static void tell_losses(struct listing *listing,
                        const struct message_listed *listed)
{
    for (size_t i = 0; !listing->is_ended && i < listed->conflict_count; i++) {
        const struct conflict_state *conflict = &listed->conflicts[i];
        const struct dalv_loss loss = {
            .reason = DALV_CONFLICT,
            .time_us = conflict->time_us,
            .key = public_bytes_out(conflict->key),
            .operation = conflict->operation_type,
            .value = public_bytes_out(conflict->value),
        };

        listing->is_ended = !listing->callback(listing->owner, &loss);
    }
}

static void on_listed(void *owner, const struct call_answer *answer)
{
    struct listing *listing = owner;

    if (answer->status != DALV_OK)
        return;
    if (answer->message->type != MESSAGE_LISTED) {
        listing->status = DALV_PROTOCOL;
        return;
    }
    listing->status =
        keep_resume(&listing->resume, answer->message->listed.resume);
    tell_losses(listing, &answer->message->listed);
    if (listing->resume.size == 0)
        listing->is_ended = true;
}

enum dalv_status dalv_backend_conflicts(struct dalv_backend *backend,
                                        struct dalv_bytes user,
                                        dalv_loss_callback *callback,
                                        void *owner)
{
    struct listing listing = {
        .question = {.type = MESSAGE_LIST_CONFLICTS,
                     .list_conflicts = {.user = public_bytes_in(user)}},
        .callback = callback,
        .owner = owner,
    };
    enum dalv_status status =
        user_id_check(listing.question.list_conflicts.user);

    buffer_init(&listing.resume);
    while (status == DALV_OK && !listing.is_ended) {
        listing.question.list_conflicts.resume = buffer_bytes(&listing.resume);
        status = backend_ask_and_wait(backend, &listing.question, on_listed,
                                      &listing);
        if (status == DALV_OK)
            status = listing.status;
    }
    buffer_deinit(&listing.resume);
    return status;
}
