#include "tests/integration/disk_fault.h"

#include "base/assert.h"
#include "tests/integration/witness_check.h"
#include "tests/integration/witness_log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    USERS = 3,
    CALL_MS = 2000,
    DRAIN_MS = 10000,
    ROUNDS = 12,
    ROUND_WRITES = 6,
    SEGMENT_BYTES = 8 << 20,
    FILL_VALUE_BYTES = 256 << 10,
    /* What is left of the segment: the rounds need more. */
    LEFT_BYTES = 100 << 10,
    RUNS = -2,
};

static const char settings[] = "log:\n"
                               "  segment_bytes: 8MiB\n"
                               "  retention_bytes: 1GiB\n"
                               "index:\n"
                               "  write_buffer_bytes: 1MiB\n";

static void fill_segment(struct dalv_backend *backend)
{
    static uint8_t value[FILL_VALUE_BYTES];
    size_t left = SEGMENT_BYTES - LEFT_BYTES;

    while (left > 0) {
        size_t size = left < sizeof(value) ? left : sizeof(value);

        ASSERT(dalv_backend_put(backend, dalv_text("filler"), dalv_text("key"),
                                dalv_bytes(value, size), NULL) == DALV_OK);
        left -= size;
    }
}

static void open_run(struct disk_fault_run *run)
{
    memset(run, 0, sizeof(*run));
    live_server_open(&run->server);
    witness_init(&run->witness, 7, USERS);
    load_init(&run->load, &run->witness, 8);
}

void disk_fault_prepare(struct disk_fault_run *run)
{
    struct dalv_backend *backend;

    open_run(run);
    live_server_configure(&run->server, settings);
    ASSERT(live_server_start_ready(&run->server));
    backend = live_server_connect(&run->server, CALL_MS);
    ASSERT(backend != NULL);
    fill_segment(backend);
    dalv_backend_close(&backend);
    /* As after a crash, so that starting has something to do. */
    live_server_kill(&run->server);
}

void disk_fault_release(struct disk_fault_run *run)
{
    live_server_close(&run->server);
    witness_deinit(&run->witness);
}

static void set_fault(struct disk_fault_run *run,
                      const struct disk_fault *fault)
{
    char text[LIVE_SERVER_PATH_BYTES + 16];

    live_server_set(&run->server, "LD_PRELOAD", FAULT_SHIM);
    live_server_set(&run->server, "FAULT_KIND", fault->kind);
    (void)snprintf(text, sizeof(text), "%s%s", run->server.data, fault->folder);
    live_server_set(&run->server, "FAULT_FOLDER", text);
    (void)snprintf(text, sizeof(text), "%u", fault->at);
    live_server_set(&run->server, "FAULT_AT", text);
    (void)snprintf(text, sizeof(text), "%s/struck", run->server.folder.path);
    live_server_set(&run->server, "FAULT_REPORT", text);
}

static bool is_struck(const struct disk_fault_run *run)
{
    char path[LIVE_SERVER_PATH_BYTES + 16];
    struct stat facts;

    (void)snprintf(path, sizeof(path), "%s/struck", run->server.folder.path);
    return stat(path, &facts) == 0;
}

/* Small rounds, so that there are many writes and syncs; RUNS if the server
   lived through all of them. */
static int work(struct disk_fault_run *run)
{
    for (int i = 0; i < ROUNDS; i++) {
        for (int j = 0; j < ROUND_WRITES; j++) {
            size_t user = (size_t)j % USERS;

            (void)load_ask(&run->load, user,
                           witness_begin(&run->witness, user));
        }
        while (run->load.under_way > 0) {
            int code = live_server_look(&run->server);

            if (code != RUNS)
                return code;
            load_poll(&run->load, 20);
        }
    }
    return RUNS;
}

/* Whoever hears nothing asks once more, and hears nothing either. */
static int live(struct disk_fault_run *run)
{
    struct dalv_backend *backend;
    int code;

    live_server_start(&run->server);
    backend = live_server_connect(&run->server, CALL_MS);
    run->is_serving = backend != NULL;
    if (backend == NULL)
        return run->server.process == 0 ? run->server.code
                                        : live_server_wait(&run->server);
    load_use(&run->load, backend);
    code = work(run);
    if (code == RUNS)
        code = live_server_stop(&run->server);
    dalv_backend_close(&backend);
    return code;
}

static void ask_again(struct disk_fault_run *run)
{
    for (size_t i = 0; i < run->witness.user_count; i++) {
        for (size_t j = 0; j < run->witness.users[i].count; j++) {
            if (run->witness.users[i].writes[j].testimony == TESTIMONY_UNKNOWN)
                (void)load_ask(&run->load, i, j);
        }
    }
}

static int look_with_a_whole_disk(struct disk_fault_run *run)
{
    char path[LIVE_SERVER_PATH_BYTES + 8];
    struct dalv_backend *backend;
    int code;

    live_server_unset(&run->server);
    if (!live_server_start_ready(&run->server))
        return -1;
    backend = live_server_connect(&run->server, CALL_MS);
    load_use(&run->load, backend);
    witness_look_at_all(&run->witness, backend);
    ask_again(run);
    if (!load_drain(&run->load, DRAIN_MS))
        run->witness.wrong++;
    witness_look_at_all(&run->witness, backend);
    dalv_backend_close(&backend);
    code = live_server_stop(&run->server);
    (void)snprintf(path, sizeof(path), "%s/log", run->server.data);
    witness_read_log(&run->witness, path);
    return code;
}

void disk_fault_strike(const struct disk_fault_run *prepared,
                       const struct disk_fault *fault,
                       struct disk_fault_run *run)
{
    open_run(run);
    folder_copy(prepared->server.data, run->server.data);
    live_server_configure(&run->server, settings);
    set_fault(run, fault);
    run->code = live(run);
    run->is_struck = is_struck(run);
    run->next_code = look_with_a_whole_disk(run);
}
