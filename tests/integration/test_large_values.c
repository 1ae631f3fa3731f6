/*
 * Values of up to 64 MiB between backends and devices, with real processes:
 * whole, and with a kill -9 in the middle of each way.
 */
#include "tests/support/live_server.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CALL_MS = 30000,
    MIB = 1 << 20,
    PATH_BYTES = 512,
    SYNCS_MAX = 20, /* A server that comes back may need more than one. */
};

/* Devices are not to wait for their rate here. */
static const char config[] = "limits:\n"
                             "  bytes_per_s: 1GiB\n"
                             "  user_bytes: 256MiB\n";

static struct live_server server;

/* A value that is made as it is read, and known at each byte. */
struct pattern {
    uint8_t seed;
    size_t size;
    size_t at;
    bool is_same; /* As it came back so far. */
};

static uint8_t byte_at(uint8_t seed, size_t at)
{
    return (uint8_t)(seed + at + (at >> 8) + (at >> 16) + (at >> 24));
}

static enum dalv_status read_pattern(void *owner, void *memory, size_t size,
                                     size_t *out_size)
{
    struct pattern *pattern = owner;
    uint8_t *bytes = memory;
    size_t count = 0;

    for (; count < size && pattern->at < pattern->size; count++)
        bytes[count] = byte_at(pattern->seed, pattern->at++);
    *out_size = count;
    return DALV_OK;
}

static bool compare(void *owner, struct dalv_bytes piece, uint64_t size)
{
    struct pattern *pattern = owner;
    const uint8_t *bytes = piece.data;

    pattern->is_same = pattern->is_same && size == pattern->size;
    for (size_t i = 0; i < piece.size && pattern->is_same; i++)
        pattern->is_same = bytes[i] == byte_at(pattern->seed, pattern->at++);
    return pattern->is_same;
}

static bool is_all(const struct pattern *pattern, enum dalv_status status)
{
    return status == DALV_OK && pattern->is_same &&
           pattern->at == pattern->size;
}

/* ---- Who takes part ---- */

static void path_of(const char *name, char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s", server.folder.path, name);
}

static struct dalv_device *open_device(const char *name, const char *user)
{
    struct dalv_device_options *options = NULL;
    struct dalv_device *device = NULL;
    char token[LIVE_SERVER_TOKEN_BYTES];
    char endpoint[64];
    char path[PATH_BYTES];
    enum dalv_status status = dalv_device_options_create(&options);

    path_of(name, path);
    live_server_endpoint(&server, 2, endpoint);
    live_server_token(&server, TOKEN_DEVICE, user, token);
    if (status == DALV_OK)
        status = dalv_device_options_set_path(options, path);
    if (status == DALV_OK)
        status = dalv_device_options_set_user(options, dalv_text(user));
    if (status == DALV_OK)
        status = dalv_device_options_set_token(options, token);
    if (status == DALV_OK)
        status = dalv_device_options_add_endpoint(options, endpoint);
    if (status == DALV_OK)
        status = dalv_device_open(options, &device);
    dalv_device_options_destroy(&options);
    CU_ASSERT_EQUAL_FATAL(status, DALV_OK);
    return device;
}

static void put(struct dalv_device *device, const char *key, uint8_t seed,
                size_t size)
{
    struct pattern pattern = {.seed = seed, .size = size};
    const struct dalv_source source = {.read = read_pattern, .owner = &pattern};
    struct dalv_transaction *transaction = NULL;
    struct dalv_upload upload;

    CU_ASSERT_EQUAL_FATAL(
        dalv_device_upload(device, dalv_text(key), &source, &upload), DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_create(&transaction), DALV_OK);
    CU_ASSERT_EQUAL(
        dalv_transaction_put_upload(transaction, dalv_text(key), &upload, NULL),
        DALV_OK);
    CU_ASSERT_EQUAL(dalv_device_commit(device, &transaction, NULL), DALV_OK);
}

static bool device_has(struct dalv_device *device, const char *key,
                       uint8_t seed, size_t size)
{
    struct pattern pattern = {.seed = seed, .size = size, .is_same = true};
    enum dalv_status status =
        dalv_device_read(device, dalv_text(key), compare, &pattern);

    return is_all(&pattern, status);
}

static bool cluster_has(const char *user, const char *key, uint8_t seed,
                        size_t size)
{
    struct pattern pattern = {.seed = seed, .size = size, .is_same = true};
    struct dalv_backend *backend = live_server_connect(&server, CALL_MS);
    enum dalv_status status = dalv_backend_read(
        backend, dalv_text(user), dalv_text(key), compare, &pattern);

    dalv_backend_close(&backend);
    return is_all(&pattern, status);
}

static size_t file_count(const char *name)
{
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 8];
    const struct dirent *entry;
    size_t count = 0;
    DIR *stream;

    path_of(name, folder);
    (void)snprintf(path, sizeof(path), "%s/large", folder);
    stream = opendir(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    while ((entry = readdir(stream)) != NULL)
        count += entry->d_name[0] != '.';
    (void)closedir(stream);
    return count;
}

static bool sync_to_the_end(struct dalv_device *device,
                            const struct dalv_sync_options *options)
{
    struct dalv_device_status now = {.pending_count = 1};
    enum dalv_status status = DALV_UNAVAILABLE;

    for (int i = 0; i < SYNCS_MAX && status != DALV_OK; i++)
        status = dalv_device_sync(device, options, NULL);
    CU_ASSERT_EQUAL(dalv_device_status(device, &now), DALV_OK);
    return status == DALV_OK && now.pending_count == 0;
}

/* ---- The stories ---- */

static void moves_the_largest_value_both_ways(void)
{
    struct dalv_device *phone = open_device("phone", "ann");
    struct dalv_device *tablet = open_device("tablet", "ann");
    struct pattern pattern = {.seed = 2, .size = 64 * MIB};
    const struct dalv_source source = {.read = read_pattern, .owner = &pattern};
    struct dalv_backend *backend = live_server_connect(&server, CALL_MS);
    struct dalv_transaction *transaction = NULL;
    struct dalv_upload upload = {.number = 0};

    put(phone, "film", 1, 64 * MIB);
    CU_ASSERT_TRUE(sync_to_the_end(phone, NULL));
    CU_ASSERT_TRUE(cluster_has("ann", "film", 1, 64 * MIB));
    CU_ASSERT_TRUE(sync_to_the_end(tablet, NULL));
    CU_ASSERT_TRUE(device_has(tablet, "film", 1, 64 * MIB));

    CU_ASSERT_EQUAL(dalv_backend_upload(backend, dalv_text("ann"),
                                        dalv_text("film"), &source, &upload),
                    DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_create(&transaction), DALV_OK);
    CU_ASSERT_EQUAL(dalv_transaction_put_upload(transaction, dalv_text("film"),
                                                &upload, NULL),
                    DALV_OK);
    CU_ASSERT_EQUAL(
        dalv_backend_update(backend, dalv_text("ann"), &transaction, NULL),
        DALV_OK);
    dalv_backend_close(&backend);
    CU_ASSERT_TRUE(sync_to_the_end(phone, NULL));
    CU_ASSERT_TRUE(device_has(phone, "film", 2, 64 * MIB));
    CU_ASSERT_EQUAL(file_count("phone"), 1);
    dalv_device_close(&phone);
    dalv_device_close(&tablet);
}

/* Kills what it is told to, once so much was moved. */
struct killer {
    uint64_t sent_bytes;
    uint64_t received_bytes;
    bool is_server; /* Else this process. */
    bool is_done;
};

static bool watch_progress(void *owner, const struct dalv_progress *progress)
{
    struct killer *killer = owner;

    if (killer->is_done || progress->sent_bytes < killer->sent_bytes ||
        progress->received_bytes < killer->received_bytes)
        return true;
    killer->is_done = true;
    if (!killer->is_server)
        (void)raise(SIGKILL);
    live_server_kill(&server);
    return live_server_start_ready(&server);
}

static void goes_on_when_the_server_is_killed(void)
{
    struct dalv_device *phone = open_device("phone2", "bea");
    struct dalv_device *tablet = open_device("tablet2", "bea");
    struct killer up = {.sent_bytes = 3 * MIB, .is_server = true};
    struct killer down = {.received_bytes = 3 * MIB, .is_server = true};
    struct dalv_sync_options options = {.progress = watch_progress,
                                        .progress_owner = &up};

    put(phone, "film", 3, 6 * MIB + 1);
    CU_ASSERT_TRUE(sync_to_the_end(phone, &options));
    CU_ASSERT_TRUE(up.is_done);
    CU_ASSERT_TRUE(cluster_has("bea", "film", 3, 6 * MIB + 1));
    options.progress_owner = &down;
    CU_ASSERT_TRUE(sync_to_the_end(tablet, &options));
    CU_ASSERT_TRUE(down.is_done);
    CU_ASSERT_TRUE(device_has(tablet, "film", 3, 6 * MIB + 1));
    dalv_device_close(&phone);
    dalv_device_close(&tablet);
}

/*
 * This program as a device that does not come to the end of its sync; a process
 * made anew, since one that was only forked would share the parent's threads.
 */
static int die_in_sync(const char *path, const char *way)
{
    struct killer killer = {0};
    const struct dalv_sync_options options = {.progress = watch_progress,
                                              .progress_owner = &killer};
    struct dalv_device_options *device_options = NULL;
    struct dalv_device *device = NULL;
    uint64_t *bytes =
        strcmp(way, "up") == 0 ? &killer.sent_bytes : &killer.received_bytes;

    *bytes = 3 * MIB;
    if (dalv_device_options_create(&device_options) != DALV_OK ||
        dalv_device_options_set_path(device_options, path) != DALV_OK ||
        dalv_device_open(device_options, &device) != DALV_OK)
        return 1;
    (void)!dalv_device_sync(device, &options, NULL);
    return 2;
}

static void sync_and_die(const char *name, const char *way)
{
    char path[PATH_BYTES];
    int state = 0;
    pid_t child;

    path_of(name, path);
    child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        (void)execl("/proc/self/exe", "test_large_values", "--die", path, way,
                    (char *)NULL);
        _exit(3);
    }
    CU_ASSERT_EQUAL(waitpid(child, &state, 0), child);
    CU_ASSERT_TRUE(WIFSIGNALED(state) && WTERMSIG(state) == SIGKILL);
}

static void goes_on_when_the_device_is_killed(void)
{
    struct dalv_device *device = open_device("phone3", "cid");

    put(device, "film", 4, 6 * MIB + 1);
    dalv_device_close(&device);
    sync_and_die("phone3", "up");
    device = open_device("phone3", "cid");
    CU_ASSERT_TRUE(sync_to_the_end(device, NULL));
    CU_ASSERT_TRUE(cluster_has("cid", "film", 4, 6 * MIB + 1));
    CU_ASSERT_EQUAL(file_count("phone3"), 1);
    dalv_device_close(&device);
    device = open_device("tablet3", "cid");
    dalv_device_close(&device);
    sync_and_die("tablet3", "down");
    device = open_device("tablet3", "cid");
    CU_ASSERT_TRUE(sync_to_the_end(device, NULL));
    CU_ASSERT_TRUE(device_has(device, "film", 4, 6 * MIB + 1));
    CU_ASSERT_EQUAL(file_count("tablet3"), 1);
    dalv_device_close(&device);
}

int main(int argc, char **argv)
{
    static const struct suite_test tests[] = {
        SUITE_TEST(moves_the_largest_value_both_ways),
        SUITE_TEST(goes_on_when_the_server_is_killed),
        SUITE_TEST(goes_on_when_the_device_is_killed),
    };
    int code;

    if (argc == 4 && strcmp(argv[1], "--die") == 0)
        return die_in_sync(argv[2], argv[3]);
    live_server_open(&server);
    live_server_configure(&server, config);
    if (!live_server_start_ready(&server)) {
        live_server_close(&server);
        return 1;
    }
    code = SUITE_RUN("integration/large_values", tests);
    live_server_close(&server);
    return code;
}
