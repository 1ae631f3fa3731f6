/*
 * What `dalv config set` says holds for all users: at once, for every process,
 * without a restart; and whoever starts later goes by it too.
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
    CALL_MS = 5000,
    PATIENCE_MS = 30000,
    PAUSE_US = 50000,
    COMMAND_BYTES = 8192,
    SAID_BYTES = 4096,
    USAGE = 2,
};

static struct live_cluster cluster;
static char said[SAID_BYTES];

/* Its exit code. */
static int dalv(const char *words)
{
    char command[COMMAND_BYTES];
    FILE *stream;
    size_t size;
    int code;

    (void)snprintf(command, sizeof(command),
                   "exec timeout 60 %s config %s --store %s 2>&1", DALV_PROGRAM,
                   words, cluster.control_name);
    stream = popen(command, "re");
    ASSERT(stream != NULL);
    size = fread(said, 1, sizeof(said) - 1, stream);
    said[size] = '\0';
    code = pclose(stream);
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

static struct dalv_bytes bytes_of(const char *text)
{
    return (struct dalv_bytes){.data = text, .size = strlen(text)};
}

static enum dalv_status put(struct dalv_backend *backend, uint32_t partition)
{
    static const char value[] = "a value of more than twenty bytes";
    char user[32];

    live_cluster_user(partition, 0, user);
    return dalv_backend_put(backend, bytes_of(user), bytes_of("cart/item"),
                            bytes_of(value), NULL);
}

/* In every partition, so by every node that leads, within some time. */
static bool all_answer(struct dalv_backend *backend, enum dalv_status wanted)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    uint32_t partition = 0;

    while (partition < LIVE_CLUSTER_PARTITIONS) {
        if (put(backend, partition) == wanted)
            partition++;
        else if (clock_boot_ms() >= until_ms)
            return false;
        else
            (void)usleep(PAUSE_US);
    }
    return true;
}

static void a_limit_holds_at_once_and_everywhere(void)
{
    struct dalv_backend *backend;

    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    backend = live_cluster_connect(&cluster, 0, CALL_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(backend);
    CU_ASSERT_TRUE(all_answer(backend, DALV_OK));
    CU_ASSERT_EQUAL(dalv("set limits.value_bytes=20"), 0);
    CU_ASSERT_TRUE(all_answer(backend, DALV_TOO_BIG));
    CU_ASSERT_EQUAL(dalv("get limits.value_bytes"), 0);
    CU_ASSERT_STRING_EQUAL(said, "limits.value_bytes=20\n");
    dalv_backend_close(&backend);
}

static void whoever_starts_later_goes_by_it(void)
{
    struct dalv_backend *backend;

    for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++)
        live_cluster_kill(&cluster, i);
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    backend = live_cluster_connect(&cluster, 1, CALL_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(backend);
    CU_ASSERT_TRUE(all_answer(backend, DALV_TOO_BIG));
    CU_ASSERT_EQUAL(dalv("set limits.value_bytes=0"), 0);
    CU_ASSERT_TRUE(all_answer(backend, DALV_OK));
    dalv_backend_close(&backend);
}

static void all_of_it_is_set_or_nothing(void)
{
    CU_ASSERT_EQUAL(dalv("set limits.key_bytes=100 limits.value_bytes=2GiB"),
                    USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "limits.value_bytes is 0 to 1MiB"));
    CU_ASSERT_EQUAL(dalv("get limits.key_bytes"), 0);
    CU_ASSERT_STRING_EQUAL(said, "limits.key_bytes=0\n");
    CU_ASSERT_EQUAL(dalv("get limits.colour"), 1);
    CU_ASSERT_EQUAL(dalv("set --json merge:cart/=mine"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\"merge:cart/\":\"mine\""));
    /* More copies than there are nodes for. */
    CU_ASSERT_EQUAL(dalv("set replicas=4"), 3);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "add nodes first"));
}

static const struct suite_test tests[] = {
    SUITE_TEST(a_limit_holds_at_once_and_everywhere),
    SUITE_TEST(whoever_starts_later_goes_by_it),
    SUITE_TEST(all_of_it_is_set_or_nothing),
};

int main(void)
{
    int code;

    live_cluster_open(&cluster, &(struct live_cluster_options){0});
    code = SUITE_RUN("integration/policies", tests);
    live_cluster_close(&cluster);
    return code;
}
