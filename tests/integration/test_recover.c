/*
 * A control store that was put back to an older state, and made anew by `dalv
 * cluster recover` from what the nodes know: nothing that was acknowledged is
 * lost, and nothing is made before it is safe.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "tests/support/live_cluster.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ADMIN_PORT = 6,
    CALL_MS = 5000,
    PATIENCE_MS = 30000,
    PAUSE_US = 50000,
    COMMAND_BYTES = 8192,
    SAID_BYTES = 8192,
    REFUSED = 3,
    ROUTER = LIVE_CLUSTER_NODES, /* The first one. */
};

static struct live_cluster cluster;
static char said[SAID_BYTES];

/* Its exit code. */
static int recover(const char *options)
{
    char command[COMMAND_BYTES];
    FILE *stream;
    size_t size;
    int length = snprintf(command, sizeof(command),
                          "exec timeout 60 %s cluster recover %s --store %s",
                          DALV_PROGRAM, options, cluster.control_name);

    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++)
        length += snprintf(
            command + length, sizeof(command) - (size_t)length, " 127.0.0.1:%u",
            cluster.processes[i].base_port + (unsigned)ADMIN_PORT);
    (void)snprintf(command + length, sizeof(command) - (size_t)length, " 2>&1");
    stream = popen(command, "re");
    ASSERT(stream != NULL);
    size = fread(said, 1, sizeof(said) - 1, stream);
    said[size] = '\0';
    length = pclose(stream);
    return WIFEXITED(length) ? WEXITSTATUS(length) : -1;
}

/* The file of the control store. */
static const char *control_path(void)
{
    return cluster.control_name + strlen("file:");
}

static bool copy(const char *from, const char *to)
{
    char command[COMMAND_BYTES];
    int size = snprintf(command, sizeof(command), "exec cp -a %s %s", from, to);

    return size < COMMAND_BYTES &&
           system(command) == 0; /* NOLINT(cert-env33-c) */
}

static void kill_routers(void)
{
    for (size_t i = ROUTER; i < LIVE_CLUSTER_PROCESSES; i++)
        live_cluster_kill(&cluster, i);
}

static struct dalv_bytes bytes_of(const char *text)
{
    return dalv_bytes(text, strlen(text));
}

/* Within some time: right after a start nobody may lead. */
static bool put(struct dalv_backend *backend, uint32_t partition,
                const char *key)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    char user[32];
    enum dalv_status status;

    live_cluster_user(partition, 0, user);
    do {
        status = dalv_backend_put(backend, bytes_of(user), bytes_of(key),
                                  bytes_of(key), NULL);
        if (status != DALV_OK)
            (void)usleep(PAUSE_US);
    } while (status != DALV_OK && clock_boot_ms() < until_ms);
    return status == DALV_OK;
}

static bool put_everywhere(const char *key)
{
    struct dalv_backend *backend = live_cluster_connect(&cluster, 0, CALL_MS);
    bool is_put = backend != NULL;

    for (uint32_t i = 0; is_put && i < LIVE_CLUSTER_PARTITIONS; i++)
        is_put = put(backend, i, key);
    dalv_backend_close(&backend);
    return is_put;
}

static bool is_there(struct dalv_backend *backend, uint32_t partition,
                     const char *key)
{
    struct dalv_value *value = NULL;
    char user[32];
    enum dalv_status status;

    live_cluster_user(partition, 0, user);
    status = dalv_backend_get(backend, bytes_of(user), bytes_of(key), &value);
    dalv_value_destroy(&value);
    if (status != DALV_OK)
        (void)fprintf(stderr, "%s of %s: %s\n", key, user,
                      dalv_status_text(status));
    return status == DALV_OK;
}

static bool is_everywhere(const char *key)
{
    struct dalv_backend *backend = live_cluster_connect(&cluster, 0, CALL_MS);
    bool is_found = backend != NULL;

    for (uint32_t i = 0; is_found && i < LIVE_CLUSTER_PARTITIONS; i++)
        is_found = is_there(backend, i, key);
    dalv_backend_close(&backend);
    return is_found;
}

/* The store is as it was before masters changed and more was written. */
static void put_store_back(void)
{
    char before[PATH_MAX];

    folder_path(&cluster.folder, "before.db", before);
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    CU_ASSERT_TRUE(put_everywhere("first"));
    kill_routers();
    CU_ASSERT_TRUE_FATAL(copy(control_path(), before));
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    live_cluster_kill(&cluster, 0);
    CU_ASSERT_TRUE(put_everywhere("second"));
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    CU_ASSERT_TRUE(put_everywhere("third"));
    kill_routers();
    CU_ASSERT_TRUE_FATAL(copy(before, control_path()));
}

static void is_refused_while_a_controller_works(void)
{
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    CU_ASSERT_EQUAL(recover("--replace"), REFUSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "stop all routers first"));
}

static void is_refused_where_a_cluster_is_unless_it_is_to_go(void)
{
    kill_routers();
    CU_ASSERT_EQUAL(recover(""), REFUSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "--replace"));
}

static void names_those_without_whom_nothing_can_be_known(void)
{
    live_cluster_kill(&cluster, 0);
    live_cluster_kill(&cluster, 1);
    CU_ASSERT_EQUAL(recover("--replace"), REFUSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "missing"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "node-1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "node-2"));
    CU_ASSERT_PTR_NULL(strstr(said, "node-3"));
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
}

static void nothing_acknowledged_is_lost(void)
{
    put_store_back();
    CU_ASSERT_EQUAL(recover("--replace --dry-run"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "It would recover"));
    CU_ASSERT_EQUAL(recover("--replace"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "incarnation 2"));
    if (strstr(said, "incarnation 2") == NULL)
        (void)fputs(said, stderr);
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    CU_ASSERT_TRUE(put_everywhere("fourth"));
    CU_ASSERT_TRUE(is_everywhere("first"));
    CU_ASSERT_TRUE(is_everywhere("second"));
    CU_ASSERT_TRUE(is_everywhere("third"));
    CU_ASSERT_TRUE(is_everywhere("fourth"));
}

/* One of three is away while it is done, and comes back. */
static void a_majority_is_enough(void)
{
    put_store_back();
    live_cluster_kill(&cluster, 2);
    CU_ASSERT_EQUAL(recover("--replace"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "incarnation 3"));
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    CU_ASSERT_TRUE(is_everywhere("third"));
    CU_ASSERT_TRUE(is_everywhere("fourth"));
}

static const struct suite_test tests[] = {
    SUITE_TEST(is_refused_while_a_controller_works),
    SUITE_TEST(is_refused_where_a_cluster_is_unless_it_is_to_go),
    SUITE_TEST(names_those_without_whom_nothing_can_be_known),
    SUITE_TEST(nothing_acknowledged_is_lost),
    SUITE_TEST(a_majority_is_enough),
};

int main(void)
{
    int code;

    live_cluster_open(&cluster, &(struct live_cluster_options){0});
    code = SUITE_RUN("integration/recover", tests);
    live_cluster_close(&cluster);
    return code;
}
