/*
 * A backend's read of many keys as of one revision.
 *
 *   RANGE, page by page ---> heads differ? --no--> it is of one moment
 *        ^                        |yes
 *        |                        v
 *        +--the floor passed--- RANGE since the first head
 */
#include "base/buffer.h"
#include "client/backend_internal.h"
#include "client/moment.h"
#include "client/public_bytes.h"
#include "model/user_id.h"

enum {
    ATTEMPTS_MAX = 8
};

struct reading {
    struct message question;
    struct moment moment;
    struct buffer resume;
    struct cursor first; /* The head at the first page, ... */
    struct cursor last;  /* ... and at the last. */
    bool has_first;
    bool is_whole;
    enum dalv_status status; /* Of the last page. */
};

static enum dalv_status take_page(struct reading *reading,
                                  const struct message_ranged *ranged)
{
    enum dalv_status status;

    if (!reading->has_first)
        reading->first = ranged->head;
    reading->has_first = true;
    reading->last = ranged->head;
    if (ranged->head.history_id != reading->first.history_id)
        return DALV_REBASE;
    reading->is_whole = ranged->is_whole;
    /* A page that is not the last and says not where to go on would be read
       for ever. */
    if (!ranged->is_whole && ranged->resume.size == 0)
        return DALV_PROTOCOL;
    buffer_clear(&reading->resume);
    status = buffer_reserve(&reading->resume, ranged->resume.size);
    if (status != DALV_OK)
        return status;
    buffer_put(&reading->resume, ranged->resume);
    return moment_add(&reading->moment, ranged->page);
}

static void on_ranged(void *owner, const struct call_answer *answer)
{
    struct reading *reading = owner;

    if (answer->status != DALV_OK)
        return;
    reading->status = answer->message->type == MESSAGE_RANGED
                          ? take_page(reading, &answer->message->ranged)
                          : DALV_PROTOCOL;
}

/* All pages, from the beginning or of what changed since a cursor. */
static enum dalv_status read_pages(struct dalv_backend *backend,
                                   struct reading *reading, struct cursor since)
{
    enum dalv_status status = DALV_OK;

    reading->question.range.since = since;
    reading->is_whole = false;
    buffer_clear(&reading->resume);
    while (status == DALV_OK && !reading->is_whole) {
        reading->question.range.resume = buffer_bytes(&reading->resume);
        status = backend_ask_and_wait(backend, &reading->question, on_ranged,
                                      reading);
        if (status == DALV_OK)
            status = reading->status;
    }
    return status;
}

static enum dalv_status read_once(struct dalv_backend *backend,
                                  struct reading *reading)
{
    struct cursor nothing = {0};
    enum dalv_status status;

    moment_clear(&reading->moment);
    reading->has_first = false;
    status = read_pages(backend, reading, nothing);
    if (status == DALV_OK && reading->last.revision != reading->first.revision)
        status = read_pages(backend, reading, reading->first);
    return status;
}

/* DALV_REBASE: what went since the first page is not known any more. */
static enum dalv_status read_moment(struct dalv_backend *backend,
                                    struct reading *reading)
{
    enum dalv_status status = DALV_REBASE;

    for (int i = 0; status == DALV_REBASE && i < ATTEMPTS_MAX; i++)
        status = read_once(backend, reading);
    return status == DALV_REBASE ? DALV_BUSY : status;
}

enum dalv_status dalv_backend_export(struct dalv_backend *backend,
                                     const struct dalv_range *range,
                                     dalv_scan_callback *callback, void *owner,
                                     struct dalv_position *out_position)
{
    struct reading reading = {
        .question = {.type = MESSAGE_RANGE,
                     .range = {.user = public_bytes_in(range->user),
                               .prefix = public_bytes_in(range->prefix)}},
    };
    enum dalv_status status = user_id_check(reading.question.range.user);

    buffer_init(&reading.resume);
    moment_init(&reading.moment);
    if (status == DALV_OK)
        status = read_moment(backend, &reading);
    if (status == DALV_OK)
        status = moment_tell(&reading.moment, callback, owner);
    if (status == DALV_OK && out_position != NULL)
        *out_position =
            (struct dalv_position){.history_id = reading.last.history_id,
                                   .revision = reading.last.revision};
    moment_deinit(&reading.moment);
    buffer_deinit(&reading.resume);
    return status == DALV_OK
               ? DALV_OK
               : backend_fail(backend, status, dalv_status_text(status));
}
