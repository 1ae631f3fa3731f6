/*
 * A client of two routers, of which one goes away: what it was doing goes on at
 * the other, within two seconds of the real clock.
 */
#include "base/clock.h"
#include "client/dalv.h"
#include "model/change_format.h"
#include "tests/support/fake_router.h"
#include "tests/support/folder.h"
#include "tests/support/suite.h"
#include "tests/unit/client/backend_fixture.h"

#include <CUnit/CUnit.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    PUSH_BYTES = 256,
    MOVE_MS = 2000,
};

/* How a router that was asked goes away. */
enum loss {
    LOSS_SILENT,
    LOSS_DEAD,
};

/* What the two routers were asked, in its order. */
struct log {
    atomic_size_t asked_count; /* Questions that matter, of both. */
    uint64_t seen[2];          /* Cursors of WATCH. */
    uint64_t push_first[2];    /* Of SYNC, ... */
    size_t push_size[2];
    uint8_t push[2][PUSH_BYTES];       /* ... and the first push itself. */
    struct fake_router *_Atomic first; /* Who was asked first. */
};

static struct fake_router *routers[2];

static void begin(fake_router_answer *answer, struct log *log)
{
    memset(log, 0, sizeof(*log));
    for (size_t i = 0; i < 2; i++)
        routers[i] = fake_router_start(answer, log);
}

static void end(void)
{
    fake_router_stop(&routers[0]);
    fake_router_stop(&routers[1]);
}

/* The one that was asked goes away. */
static void lose(struct log *log, enum loss loss)
{
    size_t first = atomic_load(&log->first) == routers[0] ? 0 : 1;

    if (loss == LOSS_SILENT)
        fake_router_hush(routers[first], true);
    else
        fake_router_stop(&routers[first]);
}

/* ---- Watches ---- */

static void send_change(struct fake_router *router, uint64_t peer,
                        uint64_t revision)
{
    uint8_t bytes[PUSH_BYTES];
    const struct change change = {
        .type = CHANGE_KEY,
        .key = bytes_from_text("a"),
        .state = {.kind = KEY_REGISTER,
                  .revision = revision,
                  .value = bytes_from_text("v")},
    };
    struct message changed = {
        .type = MESSAGE_CHANGED,
        .changed = {.watch = 77,
                    .history_id = 5,
                    .revision_before = revision - 1,
                    .revision = revision},
    };
    struct writer writer;
    struct change_writer changes;

    writer_init(&writer, bytes, sizeof(bytes));
    change_writer_init(&changes, &writer);
    if (change_put(&changes, &change) != DALV_OK)
        return;
    changed.changed.page = writer_bytes(&writer);
    fake_router_send(router, peer, &changed);
}

/* Each router tells the next revision behind the cursor. */
static void answer_watch(void *owner, struct fake_router *router, uint64_t peer,
                         const struct message *question)
{
    struct log *log = owner;
    const struct message watched = {.type = MESSAGE_WATCHED,
                                    .request = question->request,
                                    .watched = {.watch = 77}};
    size_t turn;

    if (question->type != MESSAGE_WATCH)
        return;
    turn = atomic_fetch_add(&log->asked_count, 1);
    if (turn >= 2)
        return;
    log->seen[turn] = question->watch.cursor.revision;
    if (turn == 0)
        atomic_store(&log->first, router);
    fake_router_send(router, peer, &watched);
    send_change(router, peer, turn == 0 ? 4 : log->seen[1] + 1);
}

struct watcher {
    struct log *log;
    enum loss loss;
    uint64_t lost_ms;
    char text[64];
};

static bool note_event(void *owner, const struct dalv_event *event)
{
    struct watcher *watcher = owner;
    size_t size = strlen(watcher->text);

    (void)snprintf(watcher->text + size, sizeof(watcher->text) - size, "%d ",
                   (int)dalv_event_revision(event));
    if (watcher->lost_ms != 0)
        return false;
    lose(watcher->log, watcher->loss);
    watcher->lost_ms = clock_boot_ms();
    return true;
}

static void watch_over_a_loss(enum loss loss)
{
    struct log log;
    struct watcher watcher = {.log = &log, .loss = loss};
    const struct dalv_watch_options options = {.user = dalv_text("anna"),
                                               .duration_ms = 60000};
    struct dalv_backend *backend;

    begin(answer_watch, &log);
    backend = backend_fixture_open((const struct fake_router *const *)routers,
                                   2, 5000);
    CU_ASSERT_EQUAL(dalv_backend_watch(backend, &options, note_event, &watcher),
                    DALV_OK);
    CU_ASSERT(clock_boot_ms() - watcher.lost_ms < MOVE_MS);
    CU_ASSERT_STRING_EQUAL(watcher.text, "4 5 ");
    dalv_backend_close(&backend);
    end();
    CU_ASSERT_EQUAL(log.seen[1], 4);
}

static void a_watch_leaves_a_router_that_fell_silent(void)
{
    watch_over_a_loss(LOSS_SILENT);
}

static void a_watch_leaves_a_router_that_died(void)
{
    watch_over_a_loss(LOSS_DEAD);
}

/* ---- Devices ---- */

/* The first hears the pushes and says nothing any more; the second ends it. */
static void answer_sync(void *owner, struct fake_router *router, uint64_t peer,
                        const struct message *question)
{
    struct log *log = owner;
    const struct message refused = {.type = MESSAGE_REFUSED,
                                    .request = question->request,
                                    .refused = {.status = DALV_NOT_PERMITTED}};
    size_t turn;

    if (question->type != MESSAGE_SYNC)
        return;
    turn = atomic_load(&log->asked_count);
    if (turn >= 2 || question->sync.push_count == 0 ||
        question->sync.pushes[0].size > PUSH_BYTES)
        return;
    log->push_first[turn] = question->sync.push_first;
    log->push_size[turn] = question->sync.pushes[0].size;
    memcpy(log->push[turn], question->sync.pushes[0].data,
           log->push_size[turn]);
    atomic_store(&log->asked_count, turn + 1);
    if (turn == 0)
        fake_router_hush(router, true);
    else
        fake_router_send(router, peer, &refused);
}

static struct dalv_device *open_device(const char *path)
{
    struct dalv_device_options *options = NULL;
    struct dalv_device *device = NULL;

    CU_ASSERT_EQUAL_FATAL(dalv_device_options_create(&options), DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_options_set_path(options, path), DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_options_set_user(options, dalv_text("anna")),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_options_set_token(options, "token"), DALV_OK);
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(dalv_device_options_add_endpoint(
                            options, fake_router_endpoint(routers[i])),
                        DALV_OK);
    CU_ASSERT_EQUAL_FATAL(dalv_device_open(options, &device), DALV_OK);
    dalv_device_options_destroy(&options);
    return device;
}

static void commit(struct dalv_device *device)
{
    struct dalv_transaction *transaction = NULL;

    CU_ASSERT_EQUAL(dalv_transaction_create(&transaction), DALV_OK);
    CU_ASSERT_EQUAL(
        dalv_transaction_put(transaction, dalv_text("k"), dalv_text("v"), NULL),
        DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_commit(device, &transaction, NULL), DALV_OK);
}

static void a_device_pushes_the_same_again_at_the_next_router(void)
{
    const struct dalv_sync_options options = {.timeout_ms = 10000};
    struct dalv_device *device;
    struct folder folder;
    char path[PATH_MAX];
    struct log log;
    uint64_t began_ms;

    begin(answer_sync, &log);
    folder_open(&folder);
    folder_path(&folder, "store", path);
    device = open_device(path);
    commit(device);
    began_ms = clock_boot_ms();
    CU_ASSERT_EQUAL(dalv_device_sync(device, &options, NULL),
                    DALV_NOT_PERMITTED);
    CU_ASSERT(clock_boot_ms() - began_ms < MOVE_MS);
    dalv_device_close(&device);
    folder_close(&folder);
    end();
    CU_ASSERT_EQUAL(log.asked_count, 2);
    CU_ASSERT_EQUAL(log.push_first[0], 1);
    CU_ASSERT_EQUAL(log.push_first[1], 1);
    CU_ASSERT_EQUAL_FATAL(log.push_size[0], log.push_size[1]);
    CU_ASSERT_EQUAL(memcmp(log.push[0], log.push[1], log.push_size[0]), 0);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(a_watch_leaves_a_router_that_fell_silent),
        SUITE_TEST(a_watch_leaves_a_router_that_died),
        SUITE_TEST(a_device_pushes_the_same_again_at_the_next_router),
    };

    return SUITE_RUN("client/several_routers", tests);
}
