/*
 * ERASE, seen from the disk: what a user kept is nowhere any more.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "tests/support/live_server.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CALL_MS = 10000,
    PATH_BYTES = 1024,
    FILE_BYTES_MAX = 128 << 20,
    ROUND_NS = 20 * 1000 * 1000,
    OTHERS = 50,
};

static const char secret[] = "nobody-may-ever-read-this-again";
static struct live_server server;

static size_t read_file(const char *path, char *memory)
{
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL)
        return 0;
    size = fread(memory, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    return size;
}

/* How many files of a folder have the secret in them. */
static size_t count_files_with_secret(const char *name)
{
    char folder[PATH_BYTES];
    char path[2 * PATH_BYTES];
    char *memory = malloc(FILE_BYTES_MAX);
    const struct dirent *entry;
    size_t count = 0;
    DIR *stream;

    ASSERT(memory != NULL);
    (void)snprintf(folder, sizeof(folder), "%s/%s", server.data, name);
    stream = opendir(folder);
    ASSERT(stream != NULL);
    while ((entry = readdir(stream)) != NULL) {
        size_t size;

        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        size = read_file(path, memory);
        count += memmem(memory, size, secret, strlen(secret)) != NULL;
    }
    (void)closedir(stream);
    free(memory);
    return count;
}

static bool wait_until_said(const char *text)
{
    const struct timespec round = {.tv_nsec = ROUND_NS};
    uint64_t until_ms = clock_boot_ms() + LIVE_SERVER_WAIT_MS;

    while (!live_server_said(&server, text)) {
        if (clock_boot_ms() > until_ms)
            return false;
        (void)nanosleep(&round, NULL);
    }
    return true;
}

static void put(struct dalv_backend *backend, const char *user,
                const char *value)
{
    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text(user), dalv_text("k"),
                                     dalv_text(value), NULL),
                    DALV_OK);
}

static void expect(struct dalv_backend *backend, const char *user,
                   enum dalv_status status)
{
    struct dalv_value *value = NULL;

    CU_ASSERT_EQUAL(
        dalv_backend_get(backend, dalv_text(user), dalv_text("k"), &value),
        status);
    dalv_value_destroy(&value);
}

static void leaves_nothing_of_who_was_erased(void)
{
    struct dalv_backend *backend = live_server_connect(&server, CALL_MS);

    CU_ASSERT_PTR_NOT_NULL_FATAL(backend);
    for (int i = 0; i < OTHERS; i++) {
        char user[16];

        (void)snprintf(user, sizeof(user), "user-%d", i);
        put(backend, user, "kept");
    }
    put(backend, "anna", secret);
    CU_ASSERT(count_files_with_secret("log") > 0);
    CU_ASSERT_EQUAL(dalv_backend_erase(backend, dalv_text("anna")), DALV_OK);
    expect(backend, "anna", DALV_NOT_FOUND);
    CU_ASSERT(wait_until_said("erased_from_log"));
    CU_ASSERT_EQUAL(count_files_with_secret("log"), 0);
    CU_ASSERT_EQUAL(count_files_with_secret("index"), 0);
    expect(backend, "user-7", DALV_OK);
    dalv_backend_close(&backend);
}

/* Also if the end was not in order: the index goes on from its checkpoint. */
static void goes_on_from_the_checkpoint(void)
{
    struct dalv_backend *backend;

    live_server_kill(&server);
    CU_ASSERT_TRUE_FATAL(live_server_start_ready(&server));
    backend = live_server_connect(&server, CALL_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(backend);
    expect(backend, "user-7", DALV_OK);
    expect(backend, "anna", DALV_NOT_FOUND);
    put(backend, "anna", "again");
    expect(backend, "anna", DALV_OK);
    dalv_backend_close(&backend);
    CU_ASSERT_EQUAL(live_server_stop(&server), 0);
}

static const struct suite_test tests[] = {
    SUITE_TEST(leaves_nothing_of_who_was_erased),
    SUITE_TEST(goes_on_from_the_checkpoint),
};

int main(void)
{
    int result;

    live_server_open(&server);
    live_server_configure(&server, "log: {erased_kept: 3s}\n");
    result = live_server_start_ready(&server)
                 ? SUITE_RUN("integration/erase", tests)
                 : 1;
    live_server_close(&server);
    return result;
}
