/*
 * An export is of one revision, while somebody else writes without a pause.
 *
 * Transaction n sets the counters at both ends of the keys to n and rewrites
 * one of the keys between them. So an export as of revision `first + n` shows
 * n at both ends, and between them exactly what the last round left.
 */
#include "tests/support/live_server.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    FILLERS = 128,
    FILLER_BYTES = 4096, /* Some ten pages in all. */
    WRITES = 400,        /* While it exports. */
    CALL_MS = 20000,
};

struct writer_thread {
    pthread_t thread;
    struct dalv_backend *backend;
    atomic_bool is_stopped;
    atomic_uint_fast64_t count;
    enum dalv_status status;
};

static void put_filler(struct dalv_transaction *transaction, uint64_t number)
{
    char key[16];
    char value[FILLER_BYTES] = "";

    (void)snprintf(key, sizeof(key), "m/%03" PRIu64, number % FILLERS);
    (void)snprintf(value, sizeof(value), "%" PRIu64, number);
    CU_ASSERT_EQUAL(dalv_transaction_put(transaction, dalv_text(key),
                                         dalv_bytes(value, sizeof(value)),
                                         NULL),
                    DALV_OK);
}

/* The key in the middle goes and comes back, so that removals are told, too. */
static enum dalv_status write_one(struct dalv_backend *backend, uint64_t number)
{
    struct dalv_transaction *transaction = NULL;
    enum dalv_status status = dalv_transaction_create(&transaction);

    if (status != DALV_OK)
        return status;
    (void)dalv_transaction_increment(transaction, dalv_text("a"), 1);
    (void)dalv_transaction_increment(transaction, dalv_text("z"), 1);
    put_filler(transaction, number);
    if (number % 2 == 0)
        (void)dalv_transaction_put(transaction, dalv_text("n"),
                                   dalv_text("even"), NULL);
    else
        (void)dalv_transaction_del(transaction, dalv_text("n"));
    return dalv_backend_update(backend, dalv_text("anna"), &transaction, NULL);
}

static void *write_all(void *owner)
{
    struct writer_thread *writer = owner;

    while (!atomic_load(&writer->is_stopped) && writer->status == DALV_OK) {
        writer->status =
            write_one(writer->backend, atomic_load(&writer->count) + 1);
        if (writer->status == DALV_OK)
            (void)atomic_fetch_add(&writer->count, 1);
    }
    return NULL;
}

struct seen {
    int64_t a;
    int64_t z;
    bool has_even;
    size_t fillers;
    uint64_t numbers[FILLERS];
};

static bool note(void *owner, struct dalv_bytes key,
                 const struct dalv_value *value)
{
    struct seen *seen = owner;
    const char *name = key.data;
    unsigned place = 0;

    if (name[0] == 'a') {
        seen->a = dalv_value_number(value);
    } else if (name[0] == 'z') {
        seen->z = dalv_value_number(value);
    } else if (name[0] == 'n') {
        seen->has_even = true;
    } else {
        CU_ASSERT_EQUAL(sscanf(name, "m/%3u", &place), 1);
        CU_ASSERT_EQUAL(sscanf(dalv_value_bytes(value).data, "%" SCNu64,
                               &seen->numbers[place % FILLERS]),
                        1);
        seen->fillers++;
    }
    return true;
}

/* The transaction up to number `last` that wrote this key last. */
static uint64_t last_number(uint64_t last, uint64_t place)
{
    return last - (last + FILLERS - place) % FILLERS;
}

static void export_once(struct dalv_backend *backend, uint64_t *out_number)
{
    const struct dalv_range range = {.user = dalv_text("anna")};
    struct dalv_position position = {0};
    struct seen seen = {0};
    uint64_t number;

    CU_ASSERT_EQUAL_FATAL(
        dalv_backend_export(backend, &range, note, &seen, &position), DALV_OK);
    number = position.revision; /* Transaction n took revision n. */
    CU_ASSERT_EQUAL((uint64_t)seen.a, number);
    CU_ASSERT_EQUAL((uint64_t)seen.z, number);
    CU_ASSERT_EQUAL(seen.has_even, number % 2 == 0);
    CU_ASSERT_EQUAL(seen.fillers, FILLERS);
    for (uint64_t i = 0; i < FILLERS; i++)
        CU_ASSERT_EQUAL(seen.numbers[i], last_number(number, i));
    *out_number = number;
}

static void shows_one_revision_while_others_write(void)
{
    static struct live_server server;
    struct writer_thread writer = {.status = DALV_OK};
    struct dalv_backend *backend;
    uint64_t first = 0;
    uint64_t number = 0;

    live_server_open(&server);
    CU_ASSERT_TRUE_FATAL(live_server_start_ready(&server));
    backend = live_server_connect(&server, CALL_MS);
    writer.backend = live_server_connect(&server, CALL_MS);
    while (atomic_load(&writer.count) < FILLERS) {
        CU_ASSERT_EQUAL_FATAL(write_one(writer.backend, writer.count + 1),
                              DALV_OK);
        (void)atomic_fetch_add(&writer.count, 1);
    }
    CU_ASSERT_EQUAL_FATAL(
        pthread_create(&writer.thread, NULL, write_all, &writer), 0);
    export_once(backend, &first);
    while (number < first + WRITES && writer.status == DALV_OK)
        export_once(backend, &number);
    atomic_store(&writer.is_stopped, true);
    (void)pthread_join(writer.thread, NULL);
    CU_ASSERT_EQUAL(writer.status, DALV_OK);
    dalv_backend_close(&writer.backend);
    dalv_backend_close(&backend);
    live_server_close(&server);
}

int main(void)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(shows_one_revision_while_others_write),
    };

    return SUITE_RUN("integration/export", tests);
}
