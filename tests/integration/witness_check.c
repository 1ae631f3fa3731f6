#include "tests/integration/witness_check.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_MARKS = 100, /* Of marks whose keys differ in two digits only. */
    WATCH_MS_MAX = 30000,
};

/* A look at one user: marks from `from` on are expected. */
struct look {
    struct witness *witness;
    size_t user;
    size_t from;
    size_t there;
    /* Of a watch. */
    uint64_t revision;      /* The highest seen. */
    uint64_t revision_last; /* Where it ends. */
};

static void see_mark(struct look *look, size_t number,
                     const struct dalv_value *value)
{
    struct witness *witness = look->witness;
    struct witnessed_user *user = &witness->users[look->user];
    struct witnessed_write *write;

    if (number >= user->count) {
        witness_object(witness, &witness->wrong, look->user, number,
                       "there, and was never written");
        return;
    }
    write = &user->writes[number];
    if (write->is_seen)
        witness_object(witness, &witness->doubled, look->user, number,
                       "there twice");
    write->is_seen = true;
    look->there++;
    if (write->testimony == TESTIMONY_REFUSED)
        witness_object(witness, &witness->undead, look->user, number,
                       dalv_status_text(write->status));
    if (write->testimony == TESTIMONY_DONE &&
        write->revision != dalv_value_revision(value))
        witness_object(witness, &witness->wrong, look->user, number,
                       "there at another revision than was told");
    if (!witness_mark_is_right(witness, look->user, number,
                               dalv_value_bytes(value)))
        witness_object(witness, &witness->wrong, look->user, number,
                       "there with another value");
}

static bool on_mark(void *owner, struct dalv_bytes key,
                    const struct dalv_value *value)
{
    struct look *look = owner;

    see_mark(look, witness_number_of(key), value);
    return true;
}

static void begin_look(struct look *look)
{
    struct witnessed_user *user = &look->witness->users[look->user];

    for (size_t i = look->from; i < user->count; i++)
        user->writes[i].is_seen = false;
}

static void end_look(struct look *look)
{
    struct witness *witness = look->witness;
    struct witnessed_user *user = &witness->users[look->user];

    for (size_t i = look->from; i < user->count; i++) {
        if (!user->writes[i].is_seen &&
            user->writes[i].testimony == TESTIMONY_DONE)
            witness_object(witness, &witness->lost, look->user, i,
                           "acknowledged, and not there");
    }
}

/* ---- Through the server ---- */

static void look_at_counter(struct look *look, struct dalv_backend *backend,
                            size_t expected)
{
    struct witness *witness = look->witness;
    struct witnessed_user *user = &witness->users[look->user];
    struct dalv_value *value = NULL;
    enum dalv_status status = dalv_backend_get(backend, dalv_text(user->name),
                                               dalv_text("count"), &value);
    int64_t number = status == DALV_OK ? dalv_value_number(value) : 0;
    char text[96];

    if (status != DALV_OK && status != DALV_NOT_FOUND) {
        witness_object(witness, &witness->wrong, look->user, SIZE_MAX,
                       dalv_status_text(status));
    } else if (number != (int64_t)expected) {
        (void)snprintf(text, sizeof(text), "the counter is %lld, of %zu marks",
                       (long long)number, expected);
        witness_object(witness,
                       number > (int64_t)expected ? &witness->doubled
                                                  : &witness->lost,
                       look->user, SIZE_MAX, text);
    }
    dalv_value_destroy(&value);
}

static void look_at_list(struct look *look, struct dalv_backend *backend)
{
    struct witness *witness = look->witness;
    struct witnessed_user *user = &witness->users[look->user];
    struct dalv_value *value = NULL;
    size_t count = 0;
    size_t expected = 0;

    if (dalv_backend_get(backend, dalv_text(user->name), dalv_text("list"),
                         &value) == DALV_OK)
        count = dalv_value_element_count(value);
    for (size_t i = 0; i < user->count; i += WITNESS_LIST_EVERY)
        expected += user->writes[i].is_seen;
    if (count != expected)
        witness_object(
            witness, count > expected ? &witness->doubled : &witness->lost,
            look->user, SIZE_MAX, "the list has not one element for each mark");
    dalv_value_destroy(&value);
}

/* Page by page, so that a look from some number on reads nothing older. */
static void read_marks(struct look *look, struct dalv_backend *backend)
{
    struct witnessed_user *user = &look->witness->users[look->user];

    for (size_t page = look->from / PAGE_MARKS; page * PAGE_MARKS < user->count;
         page++) {
        char prefix[WITNESS_TEXT_BYTES];
        enum dalv_status status;

        (void)snprintf(prefix, sizeof(prefix), "mark/%08zu", page);
        status = dalv_backend_scan(backend, dalv_text(user->name),
                                   dalv_text(prefix), on_mark, look);
        if (status != DALV_OK)
            witness_object(look->witness, &look->witness->wrong, look->user,
                           SIZE_MAX, dalv_status_text(status));
    }
}

static void read_all_marks(struct look *look, struct dalv_backend *backend)
{
    struct witnessed_user *user = &look->witness->users[look->user];
    enum dalv_status status = dalv_backend_scan(
        backend, dalv_text(user->name), dalv_text("mark/"), on_mark, look);

    if (status != DALV_OK)
        witness_object(look->witness, &look->witness->wrong, look->user,
                       SIZE_MAX, dalv_status_text(status));
}

/* What fills a page does not change any more. */
static void settle_pages(struct witnessed_user *user)
{
    while (user->settled_count + PAGE_MARKS <= user->count) {
        for (size_t i = 0; i < PAGE_MARKS; i++)
            user->settled_there +=
                user->writes[user->settled_count + i].is_seen;
        user->settled_count += PAGE_MARKS;
    }
}

void witness_look(struct witness *witness, struct dalv_backend *backend)
{
    for (size_t i = 0; i < witness->user_count; i++) {
        struct witnessed_user *user = &witness->users[i];
        struct look look = {
            .witness = witness, .user = i, .from = user->settled_count};

        begin_look(&look);
        read_marks(&look, backend);
        end_look(&look);
        look_at_counter(&look, backend, user->settled_there + look.there);
        settle_pages(user);
    }
}

void witness_look_at_all(struct witness *witness, struct dalv_backend *backend)
{
    for (size_t i = 0; i < witness->user_count; i++) {
        struct look look = {.witness = witness, .user = i};

        begin_look(&look);
        read_all_marks(&look, backend);
        end_look(&look);
        look_at_counter(&look, backend, look.there);
        look_at_list(&look, backend);
    }
}

/* ---- By a watch ---- */

/* As many revisions as there are marks: each write took one. */
static uint64_t count_seen(const struct witnessed_user *user)
{
    uint64_t count = 0;

    for (size_t i = 0; i < user->count; i++)
        count += user->writes[i].is_seen;
    return count;
}

static bool on_event(void *owner, const struct dalv_event *event)
{
    struct look *look = owner;

    for (size_t i = 0; i < dalv_event_count(event); i++) {
        size_t number = witness_number_of(dalv_event_key(event, i));
        const struct dalv_value *value = dalv_event_value(event, i);

        if (number != SIZE_MAX && value != NULL)
            see_mark(look, number, value);
    }
    if (dalv_event_revision(event) > look->revision)
        look->revision = dalv_event_revision(event);
    return look->revision < look->revision_last;
}

static void watch_user(struct look *look, struct dalv_backend *backend)
{
    struct witness *witness = look->witness;
    const struct dalv_watch_options options = {
        .user = dalv_text(witness->users[look->user].name),
        .is_from_start = true,
        .duration_ms = WATCH_MS_MAX,
    };
    enum dalv_status status;

    begin_look(look);
    status = dalv_backend_watch(backend, &options, on_event, look);
    if (status != DALV_OK)
        witness_object(witness, &witness->wrong, look->user, SIZE_MAX,
                       dalv_backend_error(backend));
    end_look(look);
    if (look->there != look->revision_last ||
        look->revision != look->revision_last)
        witness_object(witness, &witness->wrong, look->user, SIZE_MAX,
                       "a watch from the start tells something else");
}

void witness_watch(struct witness *witness, struct dalv_backend *backend)
{
    for (size_t i = 0; i < witness->user_count; i++) {
        struct look look = {.witness = witness,
                            .user = i,
                            .revision_last = count_seen(&witness->users[i])};

        if (look.revision_last > 0)
            watch_user(&look, backend);
    }
}
