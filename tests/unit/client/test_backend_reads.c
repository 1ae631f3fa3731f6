/*
 * A backend's reads and watches, against a router that has two keys, a register
 * `a` and a list `l`, and a history of six revisions.
 */
#include "client/dalv.h"
#include "client/event.h"
#include "model/change_format.h"
#include "model/places.h"
#include "tests/support/fake_router.h"
#include "tests/support/suite.h"
#include "tests/unit/client/backend_fixture.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum {
    PAGE_BYTES_MAX = 4096
};

/* A page with these changes, sent as the answer that `answer` begins. */
struct page {
    uint8_t bytes[PAGE_BYTES_MAX];
    struct writer writer;
    struct change_writer changes;
};

static void begin_page(struct page *page)
{
    writer_init(&page->writer, page->bytes, sizeof(page->bytes));
    change_writer_init(&page->changes, &page->writer);
}

static void put_change(struct page *page, const struct change *change)
{
    if (change_put(&page->changes, change) != DALV_OK)
        page->writer.failed = true;
}

static void put_register(struct page *page, const char *key, const char *value)
{
    const struct change change = {
        .type = CHANGE_KEY,
        .key = bytes_from_text(key),
        .state = {.kind = KEY_REGISTER,
                  .revision = 4,
                  .value = bytes_from_text(value)},
    };

    put_change(page, &change);
}

static void put_list(struct page *page, const char *key)
{
    const struct change change = {
        .type = CHANGE_KEY,
        .key = bytes_from_text(key),
        .state = {.kind = KEY_LIST, .revision = 2, .generation = 2},
    };

    put_change(page, &change);
}

static void put_element(struct page *page, const char *key, uint64_t revision,
                        const char *value)
{
    const struct change change = {
        .type = CHANGE_ELEMENT,
        .key = bytes_from_text(key),
        .element = {.dot = {0, revision, 0},
                    .generation = 2,
                    .added_revision = revision,
                    .revision = revision,
                    .value = bytes_from_text(value)},
    };

    put_change(page, &change);
}

static void send_ranged(struct fake_router *router, uint64_t peer,
                        const struct message *question, const struct page *page,
                        const char *resume)
{
    const struct message answer = {
        .type = MESSAGE_RANGED,
        .request = question->request,
        .ranged = {.page = writer_bytes(&page->writer),
                   .is_whole = resume == NULL,
                   .resume = bytes_from_text(resume == NULL ? "" : resume),
                   .reached_key = bytes_from_text("l")},
    };

    fake_router_send(router, peer, &answer);
}

/* Keys a and l; the list is cut after its first element. */
static void answer_reads(void *owner, struct fake_router *router, uint64_t peer,
                         const struct message *question)
{
    bool is_first =
        question->type == MESSAGE_RANGE && question->range.resume.size == 0;
    struct message got = {.type = MESSAGE_GOT, .request = question->request};
    struct page page;

    (void)owner;
    begin_page(&page);
    if (question->type == MESSAGE_UPDATE) {
        backend_fixture_updated(router, peer, question, DALV_OK);
    } else if (question->type == MESSAGE_GET) {
        got.got.is_whole = question->get.key.data[0] != 'l';
        if (question->get.key.data[0] == 'a')
            put_register(&page, "a", "one");
        got.got.page = writer_bytes(&page.writer);
        fake_router_send(router, peer, &got);
    } else if (is_first) {
        if (question->range.to_key.size == 0)
            put_register(&page, "a", "one");
        put_list(&page, "l");
        put_element(&page, "l", 3, "x");
        send_ranged(router, peer, question, &page, "l/3");
    } else {
        put_element(&page, "l", 5, "y");
        send_ranged(router, peer, question, &page, NULL);
    }
}

static void reads_a_register(void)
{
    struct fake_router *router = fake_router_start(answer_reads, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    struct dalv_value *value = NULL;

    CU_ASSERT_EQUAL_FATAL(
        dalv_backend_get(backend, dalv_text("anna"), dalv_text("a"), &value),
        DALV_OK);
    CU_ASSERT_EQUAL(dalv_value_kind(value), DALV_KIND_REGISTER);
    CU_ASSERT_EQUAL(dalv_value_bytes(value).size, 3);
    CU_ASSERT_EQUAL(memcmp(dalv_value_bytes(value).data, "one", 3), 0);
    CU_ASSERT_EQUAL(dalv_value_revision(value), 4);
    dalv_value_destroy(&value);
    CU_ASSERT_EQUAL(
        dalv_backend_get(backend, dalv_text("anna"), dalv_text("b"), &value),
        DALV_NOT_FOUND);
    CU_ASSERT_PTR_NULL(value);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static void reads_a_list_that_takes_several_pages(void)
{
    struct fake_router *router = fake_router_start(answer_reads, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    struct dalv_value *value = NULL;

    CU_ASSERT_EQUAL_FATAL(
        dalv_backend_get(backend, dalv_text("anna"), dalv_text("l"), &value),
        DALV_OK);
    CU_ASSERT_EQUAL_FATAL(dalv_value_element_count(value), 2);
    CU_ASSERT_EQUAL(memcmp(dalv_value_element(value, 1).data, "y", 1), 0);
    CU_ASSERT_EQUAL(dalv_value_revision(value), 5);
    dalv_value_destroy(&value);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static void removes_from_a_list_what_it_read(void)
{
    struct fake_router *router = fake_router_start(answer_reads, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);

    CU_ASSERT_EQUAL(dalv_backend_list_remove(backend, dalv_text("anna"),
                                             dalv_text("l"), dalv_text("y")),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_backend_list_remove(backend, dalv_text("anna"),
                                             dalv_text("l"), dalv_text("z")),
                    DALV_NOT_FOUND);
    CU_ASSERT_EQUAL(dalv_backend_list_remove(backend, dalv_text("anna"),
                                             dalv_text("a"), dalv_text("z")),
                    DALV_WRONG_KIND);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

struct seen {
    char text[256];
    size_t left;
};

static bool note_key(void *owner, struct dalv_bytes key,
                     const struct dalv_value *value)
{
    struct seen *seen = owner;
    size_t size = strlen(seen->text);

    (void)snprintf(seen->text + size, sizeof(seen->text) - size, "%.*s:%zu ",
                   (int)key.size, (const char *)key.data,
                   dalv_value_element_count(value));
    return --seen->left > 0;
}

static void scans_page_by_page(void)
{
    struct fake_router *router = fake_router_start(answer_reads, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    struct seen all = {.left = 10};
    struct seen one = {.left = 1};

    CU_ASSERT_EQUAL(dalv_backend_scan(backend, dalv_text("anna"), dalv_text(""),
                                      note_key, &all),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(all.text, "a:0 l:2 ");
    CU_ASSERT_EQUAL(dalv_backend_scan(backend, dalv_text("anna"), dalv_text(""),
                                      note_key, &one),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(one.text, "a:0 ");
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static void send_changed(struct fake_router *router, uint64_t peer,
                         uint64_t before, const char *value)
{
    struct message changed = {
        .type = MESSAGE_CHANGED,
        .changed = {.watch = 77,
                    .user = bytes_from_text("anna"),
                    .history_id = 5,
                    .revision_before = before,
                    .revision = before + 1},
    };
    struct page page;

    begin_page(&page);
    put_register(&page, "a", value);
    changed.changed.page = writer_bytes(&page.writer);
    fake_router_send(router, peer, &changed);
}

/* The head is 3. The first watch sees 4, then 6: 5 is missing. Asked again
   from 4 it tells 5 and 6. */
static void answer_watch(void *owner, struct fake_router *router, uint64_t peer,
                         const struct message *question)
{
    const struct message watched = {
        .type = MESSAGE_WATCHED,
        .request = question->request,
        .watched = {.watch = 77, .head = {.history_id = 5, .revision = 3}},
    };

    size_t *unwatched = owner;

    if (question->type == MESSAGE_UNWATCH && unwatched != NULL)
        (*unwatched)++;
    if (question->type != MESSAGE_WATCH)
        return;
    fake_router_send(router, peer, &watched);
    if (question->watch.is_from_now) {
        send_changed(router, peer, 3, "four");
        send_changed(router, peer, 5, "six");
    } else if (question->watch.cursor.revision == 4) {
        send_changed(router, peer, 3, "four again");
        send_changed(router, peer, 4, "five");
        send_changed(router, peer, 5, "six");
    }
}

static bool note_event(void *owner, const struct dalv_event *event)
{
    struct seen *seen = owner;
    size_t size = strlen(seen->text);
    struct dalv_bytes value = dalv_value_bytes(dalv_event_value(event, 0));

    (void)snprintf(seen->text + size, sizeof(seen->text) - size, "%d=%.*s ",
                   (int)dalv_event_revision(event), (int)value.size,
                   (const char *)value.data);
    return --seen->left > 0;
}

/* The watch with the gap is ended, as the one behind it is in the end. */
static void asks_again_when_a_watch_has_a_gap(void)
{
    size_t unwatched = 0;
    struct fake_router *router = fake_router_start(answer_watch, &unwatched);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    const struct dalv_watch_options options = {.user = dalv_text("anna")};
    struct seen seen = {.left = 3};

    CU_ASSERT_EQUAL(dalv_backend_watch(backend, &options, note_event, &seen),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(seen.text, "4=four 5=five 6=six ");
    dalv_backend_close(&backend);
    fake_router_stop(&router);
    CU_ASSERT(unwatched >= 1);
}

/* A node that has begun anew knows of no watch that it could end. */
static void answer_restarted(void *owner, struct fake_router *router,
                             uint64_t peer, const struct message *question)
{
    const struct message refused = {
        .type = MESSAGE_REFUSED,
        .request = question->request,
        .refused = {.status = DALV_NOT_FOUND},
    };

    answer_watch(owner, router, peer, question);
    if (question->type == MESSAGE_UNWATCH)
        fake_router_send(router, peer, &refused);
}

static void watches_again_after_a_watch_whose_end_was_refused(void)
{
    struct fake_router *router = fake_router_start(answer_restarted, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    const struct dalv_watch_options options = {.user = dalv_text("anna")};

    for (int i = 0; i < 3; i++) {
        struct seen seen = {.left = 1};

        CU_ASSERT_EQUAL(
            dalv_backend_watch(backend, &options, note_event, &seen), DALV_OK);
        CU_ASSERT_STRING_EQUAL(seen.text, "4=four ");
    }
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

/* Everything is told to who stands at 3: there is nothing but `a`, then not
   even that. */
static void answer_anew(void *owner, struct fake_router *router, uint64_t peer,
                        const struct message *question)
{
    const struct message watched = {
        .type = MESSAGE_WATCHED,
        .request = question->request,
        .watched = {.watch = 77, .head = {.history_id = 5, .revision = 8}},
    };
    const struct message empty = {
        .type = MESSAGE_CHANGED,
        .changed = {.watch = 77, .history_id = 6, .revision = 2},
    };
    struct message changed = {
        .type = MESSAGE_CHANGED,
        .changed = {.watch = 77, .history_id = 5, .revision = 8},
    };
    struct page page;

    (void)owner;
    if (question->type != MESSAGE_WATCH)
        return;
    begin_page(&page);
    put_register(&page, "a", "all");
    changed.changed.page = writer_bytes(&page.writer);
    fake_router_send(router, peer, &watched);
    fake_router_send(router, peer, &changed);
    send_changed(router, peer, 8, "nine");
    fake_router_send(router, peer, &empty);
}

static bool note_anew(void *owner, const struct dalv_event *event)
{
    struct seen *seen = owner;
    size_t size = strlen(seen->text);

    (void)snprintf(seen->text + size, sizeof(seen->text) - size, "%d:%zu%s ",
                   (int)dalv_event_revision(event), dalv_event_count(event),
                   dalv_event_is_anew(event) ? " anew" : "");
    return --seen->left > 0;
}

static void says_when_a_watch_begins_anew(void)
{
    struct fake_router *router = fake_router_start(answer_anew, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    const struct dalv_watch_options options = {.user = dalv_text("anna")};
    struct seen seen = {.left = 3};

    CU_ASSERT_EQUAL(dalv_backend_watch(backend, &options, note_anew, &seen),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(seen.text, "8:1 anew 9:1 2:0 anew ");
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static void a_watch_ends_when_its_time_is_up(void)
{
    struct fake_router *router = fake_router_start(answer_watch, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    const struct dalv_watch_options options = {
        .user = dalv_text("anna"), .is_from_start = true, .duration_ms = 50};
    struct seen seen = {.left = 3};

    CU_ASSERT_EQUAL(dalv_backend_watch(backend, &options, note_event, &seen),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(seen.text, "");
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static void answer_expiry(void *owner, struct fake_router *router,
                          uint64_t peer, const struct message *question)
{
    const struct message expired = {.type = MESSAGE_REFUSED,
                                    .refused = {.status = DALV_EXPIRED}};

    answer_watch(owner, router, peer, question);
    if (question->type == MESSAGE_WATCH)
        fake_router_send(router, peer, &expired);
}

static void a_watch_ends_when_its_token_expires(void)
{
    struct fake_router *router = fake_router_start(answer_expiry, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    const struct dalv_watch_options options = {
        .user = dalv_text("anna"), .is_from_start = true, .duration_ms = 60000};
    struct seen seen = {.left = 3};

    CU_ASSERT_EQUAL(dalv_backend_watch(backend, &options, note_event, &seen),
                    DALV_EXPIRED);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

/* Whoever watches first hears that the node that tells of changes was lost. */
static void answer_loss(void *owner, struct fake_router *router, uint64_t peer,
                        const struct message *question)
{
    const struct message lost = {.type = MESSAGE_REFUSED,
                                 .refused = {.status = DALV_UNAVAILABLE}};
    bool *was_lost = owner;

    if (question->type != MESSAGE_WATCH || *was_lost) {
        answer_watch(NULL, router, peer, question);
        return;
    }
    *was_lost = true;
    fake_router_send(router, peer, &lost);
}

static void a_watch_begins_anew_when_the_node_was_lost(void)
{
    bool was_lost = false;
    struct fake_router *router = fake_router_start(answer_loss, &was_lost);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    const struct dalv_watch_options options = {.user = dalv_text("anna"),
                                               .duration_ms = 60000};
    struct seen seen = {.left = 1};

    CU_ASSERT_EQUAL(dalv_backend_watch(backend, &options, note_event, &seen),
                    DALV_OK);
    CU_ASSERT_TRUE(was_lost);
    CU_ASSERT_STRING_EQUAL(seen.text, "4=four ");
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

/* Where the partitions stand of which one node tells; the other's are left
   out. */
static void send_places(struct fake_router *router, uint64_t peer,
                        uint64_t first, uint64_t second)
{
    const uint64_t indexes[] = {first, second};
    uint8_t bytes[64];
    struct writer writer;
    struct message placed = {.type = MESSAGE_CHANGED, .changed = {.watch = 77}};

    writer_init(&writer, bytes, sizeof(bytes));
    places_put(&writer, indexes, 2);
    placed.changed.resume = writer_bytes(&writer);
    fake_router_send(router, peer, &placed);
}

static void send_moved(struct fake_router *router, uint64_t peer,
                       uint32_t partition, const char *value)
{
    uint8_t bytes[PLACES_MOVE_BYTES_MAX];
    struct message changed = {
        .type = MESSAGE_CHANGED,
        .changed = {.watch = 77,
                    .user = bytes_from_text("anna"),
                    .history_id = 5,
                    .revision_before = 6,
                    .revision = 7},
    };
    struct writer writer;
    struct page page;

    begin_page(&page);
    put_register(&page, "a", value);
    writer_init(&writer, bytes, sizeof(bytes));
    places_put_move(&writer, partition, 9);
    changed.changed.page = writer_bytes(&page.writer);
    changed.changed.resume = writer_bytes(&writer);
    fake_router_send(router, peer, &changed);
}

/* The first node tells of a change before the second has begun. */
static void answer_all(void *owner, struct fake_router *router, uint64_t peer,
                       const struct message *question)
{
    const struct message watched = {.type = MESSAGE_WATCHED,
                                    .request = question->request,
                                    .watched = {.watch = 77}};

    (void)owner;
    if (question->type != MESSAGE_WATCH)
        return;
    fake_router_send(router, peer, &watched);
    send_places(router, peer, 8, PLACES_UNTOLD);
    send_moved(router, peer, 0, "early");
    send_places(router, peer, PLACES_UNTOLD, 4);
    send_moved(router, peer, 1, "late");
}

static bool note_cursor(void *owner, const struct dalv_event *event)
{
    struct seen *seen = owner;
    struct dalv_bytes cursor = dalv_event_cursor(event);
    struct message_watch from = {.is_all = true};
    uint64_t places[2] = {0};

    if (event_cursor_parse(bytes_make(cursor.data, cursor.size), &from) !=
            DALV_OK ||
        places_take(from.resume, places, 2) != DALV_OK)
        return false;
    (void)snprintf(seen->text, sizeof(seen->text), "%d %d", (int)places[0],
                   (int)places[1]);
    return --seen->left > 0;
}

/* Before every node has said where it stands no cursor would bring back what
   the others tell: a watch from now on begins after that. */
static void a_watch_from_now_begins_when_every_node_has_spoken(void)
{
    struct fake_router *router = fake_router_start(answer_all, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    const struct dalv_watch_options options = {.duration_ms = 60000};
    struct seen seen = {.left = 1};

    CU_ASSERT_EQUAL(dalv_backend_watch(backend, &options, note_cursor, &seen),
                    DALV_OK);
    CU_ASSERT_STRING_EQUAL(seen.text, "9 9");
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static void refuses_a_cursor_of_another_kind(void)
{
    struct fake_router *router = fake_router_start(answer_watch, NULL);
    struct dalv_backend *backend = backend_fixture_open_one(router);
    const struct dalv_watch_options options = {.user = dalv_text("anna"),
                                               .cursor = dalv_text("Axyz")};
    struct seen seen = {.left = 3};

    CU_ASSERT_EQUAL(dalv_backend_watch(backend, &options, note_event, &seen),
                    DALV_INVALID);
    dalv_backend_close(&backend);
    fake_router_stop(&router);
}

static const struct suite_test tests[] = {
    SUITE_TEST(reads_a_register),
    SUITE_TEST(reads_a_list_that_takes_several_pages),
    SUITE_TEST(removes_from_a_list_what_it_read),
    SUITE_TEST(scans_page_by_page),
    SUITE_TEST(asks_again_when_a_watch_has_a_gap),
    SUITE_TEST(watches_again_after_a_watch_whose_end_was_refused),
    SUITE_TEST(says_when_a_watch_begins_anew),
    SUITE_TEST(a_watch_ends_when_its_time_is_up),
    SUITE_TEST(a_watch_ends_when_its_token_expires),
    SUITE_TEST(a_watch_begins_anew_when_the_node_was_lost),
    SUITE_TEST(a_watch_from_now_begins_when_every_node_has_spoken),
    SUITE_TEST(refuses_a_cursor_of_another_kind),
};

int main(void)
{
    return SUITE_RUN("client/backend_reads", tests);
}
