/*
 * Following committed changes over lost connections.
 *
 *   NEEDED --WATCH sent--> ASKED --WATCHED--> FOLLOWING --gap, lost--> NEEDED
 *      ^                     | not now           |
 *      +---------------------+                   +--the callback ends it-->
 * ENDED
 *
 * After each event the cursor stands behind it; whatever goes wrong, WATCH is
 * asked again from there. So events come at least once.
 */
#include "base/clock.h"
#include "client/backend_internal.h"
#include "client/event.h"
#include "client/public_bytes.h"
#include "model/places.h"
#include "model/user_id.h"

#include <stdlib.h>

enum watch_state {
    WATCH_NEEDED,
    WATCH_ASKED,
    WATCH_FOLLOWING,
    WATCH_ENDED,
};

enum {
    AGAIN_MS = 200
};

struct watch {
    struct dalv_backend *backend;
    const struct dalv_watch_options *options;
    dalv_event_callback *callback;
    void *owner;
    enum watch_state state;
    enum dalv_status status;
    uint64_t number;    /* The router's, FOLLOWING. */
    uint64_t again_ms;  /* NEEDED: not before. */
    bool was_following; /* Ever: failures after it are passed over. */
    bool is_from_now;   /* No cursor yet, and the past is not wanted. */
    struct cursor seen; /* One user: behind the last event. */
    uint64_t *places;   /* All users: told up to there; NULL: not known. */
    size_t place_count;
    struct buffer cursor; /* Empty: none yet. */
    struct buffer staged; /* Pages of a change that is not whole yet. */
};

static void end(struct watch *watch, enum dalv_status status)
{
    watch->state = WATCH_ENDED;
    watch->status = status;
}

static void need(struct watch *watch, uint64_t pause_ms)
{
    watch->state = WATCH_NEEDED;
    watch->again_ms = clock_boot_ms() + pause_ms;
}

static bool is_all(const struct watch *watch)
{
    return watch->options->user.size == 0;
}

static void on_lost(void *owner)
{
    struct watch *watch = owner;

    if (watch->state == WATCH_FOLLOWING)
        need(watch, 0);
}

/* What a watch survives once it had begun. */
static bool is_passing(enum dalv_status status)
{
    return status == DALV_TIMEOUT || status == DALV_UNAVAILABLE ||
           status == DALV_BUSY || status == DALV_UNKNOWN;
}

static void on_watched(void *owner, const struct call_answer *answer)
{
    struct watch *watch = owner;
    enum dalv_status status = answer->status;

    if (status == DALV_OK && answer->message->type != MESSAGE_WATCHED)
        status = DALV_PROTOCOL;
    if (status != DALV_OK && watch->was_following && is_passing(status)) {
        need(watch, AGAIN_MS);
        return;
    }
    if (status != DALV_OK) {
        end(watch, backend_fail(watch->backend, status, answer->text));
        return;
    }
    watch->state = WATCH_FOLLOWING;
    watch->was_following = true;
    watch->number = answer->message->watched.watch;
    buffer_clear(&watch->staged);
}

/* What CHANGED says of where a watch of all users stands. */
static enum dalv_status take_places(struct watch *watch, struct bytes places)
{
    size_t count = places_count(places);

    if (count > 0 && count != watch->place_count) {
        uint64_t *made = calloc(count, sizeof(*made));

        if (made == NULL)
            return DALV_NO_MEMORY;
        free(watch->places);
        watch->places = made;
        watch->place_count = count;
        for (size_t i = 0; i < count && watch->is_from_now; i++)
            made[i] = PLACES_UNTOLD;
    }
    return places_take(places, watch->places, watch->place_count);
}

/*
 * Several nodes say where they stand, each of its own partitions. One who wants
 * nothing of what was before begins when the last has spoken: only then he has
 * a cursor that loses nothing.
 */
static bool knows_all_places(const struct watch *watch)
{
    size_t i = 0;

    while (i < watch->place_count && watch->places[i] != PLACES_UNTOLD)
        i++;
    return i == watch->place_count;
}

static enum dalv_status keep_cursor(struct watch *watch,
                                    const struct message_changed *changed)
{
    enum dalv_status status = DALV_OK;

    if (is_all(watch)) {
        status = take_places(watch, changed->resume);
        if (status != DALV_OK || !knows_all_places(watch))
            return status;
        watch->is_from_now = false;
        return event_cursor_of_all(watch->places, watch->place_count,
                                   &watch->cursor);
    }
    watch->is_from_now = false;
    watch->seen = (struct cursor){.history_id = changed->history_id,
                                  .revision = changed->revision};
    return event_cursor_of_user(watch->seen, &watch->cursor);
}

/* Told already: the router was asked again from an older place. */
static bool is_old(const struct watch *watch,
                   const struct message_changed *changed)
{
    return !is_all(watch) && changed->history_id == watch->seen.history_id &&
           changed->revision <= watch->seen.revision;
}

/* Something is missing between the last event and this. */
static bool is_behind_gap(const struct watch *watch,
                          const struct message_changed *changed)
{
    return changed->is_gap ||
           (!is_all(watch) && watch->seen.history_id == changed->history_id &&
            changed->revision_before > watch->seen.revision &&
            watch->seen.revision > 0);
}

/* Pages that are not whole wait for the one that moves on. */
static bool is_part(const struct message_changed *changed)
{
    return changed->page.size > 0 &&
           changed->revision == changed->revision_before;
}

static enum dalv_status stage(struct watch *watch, struct bytes page)
{
    enum dalv_status status = buffer_reserve(&watch->staged, page.size);

    if (status == DALV_OK)
        buffer_put(&watch->staged, page);
    return status;
}

/* Without changes only the cursor moved on, unless all that was there is gone.
   What came before there was a cursor is of the past. */
static bool is_worth_telling(const struct dalv_event *event, bool is_first)
{
    return event->cursor.size > 0 &&
           (event->item_count > 0 || (event->is_anew && !is_first));
}

static void tell(struct watch *watch, const struct message_changed *changed)
{
    struct dalv_event event;
    bool is_first =
        is_all(watch) ? watch->cursor.size == 0 : watch->seen.revision == 0;
    enum dalv_status status = stage(watch, changed->page);

    event_init(&event);
    event.is_anew = changed->revision > 0 && changed->revision_before == 0;
    if (status == DALV_OK)
        status = event_read(&event, buffer_bytes(&watch->staged));
    if (status == DALV_OK)
        status = keep_cursor(watch, changed);
    event.user =
        is_all(watch) ? changed->user : public_bytes_in(watch->options->user);
    event.revision = changed->revision;
    event.history_id = changed->history_id;
    event.cursor = buffer_bytes(&watch->cursor);
    if (status != DALV_OK)
        end(watch, backend_fail(watch->backend, status, "a change"));
    else if (is_worth_telling(&event, is_first) &&
             !watch->callback(watch->owner, &event))
        end(watch, DALV_OK);
    event_deinit(&event);
    buffer_clear(&watch->staged);
}

/* The answer to it finds nobody waiting, which is what is wanted. */
static void unwatch(const struct watch *watch)
{
    const struct message question = {
        .type = MESSAGE_UNWATCH,
        .request = CONNECTION_UNWATCH_NUMBER,
        .unwatch = {.watch = watch->number},
    };

    if (watch->number != 0 && connection_is_open(watch->backend->connection) &&
        connection_send(watch->backend->connection, &question) != DALV_OK)
        return; /* It ends with the session at the latest. */
}

static void on_changed(void *owner, const struct message_changed *changed)
{
    struct watch *watch = owner;

    if (watch->state != WATCH_FOLLOWING || changed->watch != watch->number)
        return;
    if (is_part(changed)) {
        if (stage(watch, changed->page) != DALV_OK)
            end(watch, DALV_NO_MEMORY);
    } else if (is_old(watch, changed)) {
        return;
    } else if (is_behind_gap(watch, changed)) {
        unwatch(watch);
        need(watch, 0);
    } else {
        tell(watch, changed);
    }
}

static struct message make_question(const struct watch *watch)
{
    struct message question = {
        .type = MESSAGE_WATCH,
        .watch = {.is_all = is_all(watch),
                  .user = public_bytes_in(watch->options->user),
                  .prefix = public_bytes_in(watch->options->prefix),
                  .cursor = watch->seen,
                  .is_from_now = watch->is_from_now},
    };

    /* Behind the letter that tells the kind of the cursor. */
    if (is_all(watch) && watch->cursor.size > 0)
        question.watch.resume =
            bytes_make(watch->cursor.data + 1, watch->cursor.size - 1);
    return question;
}

static void ask(struct watch *watch)
{
    const struct message question = make_question(watch);
    enum dalv_status status;

    /* Where it stood before there was a cursor counts no more. */
    if (watch->is_from_now) {
        free(watch->places);
        watch->places = NULL;
        watch->place_count = 0;
    }
    watch->state = WATCH_ASKED;
    status = backend_ask(watch->backend, &question, on_watched, watch);
    if (status != DALV_OK)
        end(watch, status);
}

/* When to look again; a WATCH that was asked must come back first, since its
   handler must not find us gone. */
static uint64_t next_ms(const struct watch *watch, uint64_t deadline_ms)
{
    if (watch->state == WATCH_ASKED)
        return UINT64_MAX;
    if (watch->state == WATCH_NEEDED && watch->again_ms < deadline_ms)
        return watch->again_ms;
    return deadline_ms;
}

static void follow(struct watch *watch, uint64_t deadline_ms)
{
    while (watch->state != WATCH_ENDED) {
        uint64_t now_ms = clock_boot_ms();

        if (now_ms >= deadline_ms && watch->state != WATCH_ASKED)
            return;
        if (watch->state == WATCH_NEEDED && now_ms >= watch->again_ms)
            ask(watch);
        else
            backend_turn(watch->backend, next_ms(watch, deadline_ms));
    }
}

static enum dalv_status begin(struct watch *watch)
{
    struct message_watch from = {.is_all = is_all(watch)};
    struct bytes cursor = public_bytes_in(watch->options->cursor);
    enum dalv_status status = DALV_OK;

    if (!is_all(watch))
        status = user_id_check(public_bytes_in(watch->options->user));
    watch->is_from_now = cursor.size == 0 && !watch->options->is_from_start;
    if (status != DALV_OK || cursor.size == 0)
        return status;
    status = event_cursor_parse(cursor, &from);
    if (status == DALV_OK && is_all(watch))
        status = take_places(watch, from.resume);
    if (status == DALV_OK && is_all(watch))
        status = event_cursor_of_all(watch->places, watch->place_count,
                                     &watch->cursor);
    watch->seen = from.cursor;
    return status;
}

static void deinit(struct watch *watch)
{
    free(watch->places);
    buffer_deinit(&watch->cursor);
    buffer_deinit(&watch->staged);
}

enum dalv_status dalv_backend_watch(struct dalv_backend *backend,
                                    const struct dalv_watch_options *options,
                                    dalv_event_callback *callback, void *owner)
{
    struct watch watch = {
        .backend = backend,
        .options = options,
        .callback = callback,
        .owner = owner,
    };
    const struct backend_listener listener = {
        .lost = on_lost, .changed = on_changed, .owner = &watch};
    uint64_t deadline_ms = options->duration_ms == 0
                               ? UINT64_MAX
                               : clock_boot_ms() + options->duration_ms;
    enum dalv_status status;

    buffer_init(&watch.cursor);
    buffer_init(&watch.staged);
    status = begin(&watch);
    if (status != DALV_OK) {
        deinit(&watch);
        return backend_fail(backend, status, "the cursor is not of this kind");
    }
    backend->listener = &listener;
    follow(&watch, deadline_ms);
    backend->listener = NULL;
    unwatch(&watch);
    deinit(&watch);
    return watch.status;
}
