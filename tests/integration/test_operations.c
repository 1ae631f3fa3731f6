/*
 * What operators do to a cluster that works: a node joins, is emptied and goes,
 * the controller dies meanwhile; and who leads is evened out by itself. A
 * writer goes on all the time and never sees an error, and all that it wrote is
 * there.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "tests/support/live_cluster.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NODES_PORT = 4,
    CALL_MS = 20000,
    PATIENCE_MS = 90000,
    PAUSE_US = 100000,
    WRITE_PAUSE_US = 2000,
    COMMAND_BYTES = 8192,
    SAID_BYTES = 65536,
    YAML_BYTES = 8192,
    ROUTER = LIVE_CLUSTER_NODES, /* The first one. */
    FOURTH = 4,                  /* Its node.id. */
    LEADS_APART_MAX = 3,
};

struct scribe {
    pthread_t thread;
    struct dalv_backend *backend;
    atomic_bool is_ending;
    unsigned written; /* Of each partition: 1, 2, 3, ... */
    enum dalv_status failure;
};

static struct live_cluster cluster;
static struct live_server fourth;
static struct scribe writer;
static char said[SAID_BYTES];

/* ---- Commands ---- */

static FILE *begin_dalv(const char *words)
{
    char command[COMMAND_BYTES];
    FILE *stream;

    (void)snprintf(command, sizeof(command),
                   "exec timeout 100 %s %s --store %s 2>&1", DALV_PROGRAM,
                   words, cluster.control_name);
    stream = popen(command, "re");
    ASSERT(stream != NULL);
    return stream;
}

/* Its exit code. */
static int end_dalv(FILE *stream)
{
    size_t size = fread(said, 1, sizeof(said) - 1, stream);
    int code;

    said[size] = '\0';
    code = pclose(stream);
    code = WIFEXITED(code) ? WEXITSTATUS(code) : -1;
    if (code != 0)
        (void)fprintf(stderr, "%d: %s\n", code, said);
    return code;
}

static int dalv(const char *words)
{
    return end_dalv(begin_dalv(words));
}

/* How many partitions have this node among their members. */
static size_t copies_of(const char *node)
{
    char words[64];
    size_t count = 0;

    (void)snprintf(words, sizeof(words), "partition list --json --node %s",
                   node);
    CU_ASSERT_EQUAL(dalv(words), 0);
    for (const char *place = said; (place = strstr(place, "\"partition\":"));
         place++)
        count++;
    return count;
}

/* ---- The writer ---- */

static enum dalv_status put(uint32_t partition, unsigned number)
{
    char user[32];
    char key[32];

    live_cluster_user(partition, 0, user);
    (void)snprintf(key, sizeof(key), "key-%u", number);
    return dalv_backend_put(writer.backend, dalv_bytes(user, strlen(user)),
                            dalv_bytes(key, strlen(key)),
                            dalv_bytes(key, strlen(key)), NULL);
}

static void *write_on(void *unused)
{
    (void)unused;
    while (!atomic_load(&writer.is_ending) && writer.failure == DALV_OK) {
        for (uint32_t i = 0;
             i < LIVE_CLUSTER_PARTITIONS && writer.failure == DALV_OK; i++)
            writer.failure = put(i, writer.written);
        writer.written += writer.failure == DALV_OK ? 1 : 0;
        (void)usleep(WRITE_PAUSE_US);
    }
    return NULL;
}

/* By this router first. */
static void begin_writing(size_t router)
{
    memset(&writer, 0, sizeof(writer));
    atomic_init(&writer.is_ending, false);
    writer.backend = live_cluster_connect(&cluster, router, CALL_MS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(writer.backend);
    ASSERT(pthread_create(&writer.thread, NULL, write_on, NULL) == 0);
}

static bool is_there(uint32_t partition, unsigned number)
{
    struct dalv_value *value = NULL;
    char user[32];
    char key[32];
    enum dalv_status status;

    live_cluster_user(partition, 0, user);
    (void)snprintf(key, sizeof(key), "key-%u", number);
    status = dalv_backend_get(writer.backend, dalv_bytes(user, strlen(user)),
                              dalv_bytes(key, strlen(key)), &value);
    dalv_value_destroy(&value);
    return status == DALV_OK;
}

/* It saw no error, and all of it is there. */
static void end_writing(void)
{
    size_t missing = 0;

    atomic_store(&writer.is_ending, true);
    ASSERT(pthread_join(writer.thread, NULL) == 0);
    if (writer.failure != DALV_OK)
        (void)fprintf(stderr, "a write ended with: %s\n",
                      dalv_status_text(writer.failure));
    CU_ASSERT_EQUAL(writer.failure, DALV_OK);
    CU_ASSERT_TRUE(writer.written > 0);
    for (uint32_t i = 0; i < LIVE_CLUSTER_PARTITIONS; i++) {
        for (unsigned j = 0; j < writer.written; j++)
            missing += is_there(i, j) ? 0 : 1;
    }
    CU_ASSERT_EQUAL(missing, 0);
    dalv_backend_close(&writer.backend);
}

/* ---- Leads ---- */

static bool are_leads_even(void)
{
    unsigned leads[LIVE_CLUSTER_NODES + 1] = {0};
    unsigned least = LIVE_CLUSTER_PARTITIONS;
    unsigned most = 0;

    for (uint32_t i = 0; i < LIVE_CLUSTER_PARTITIONS; i++) {
        size_t master = live_cluster_master(&cluster, i);

        if (master > LIVE_CLUSTER_NODES)
            return false;
        leads[master]++;
    }
    for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++) {
        least = leads[i] < least ? leads[i] : least;
        most = leads[i] > most ? leads[i] : most;
    }
    return most - least <= LEADS_APART_MAX;
}

static bool become_even(void)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;

    while (!are_leads_even()) {
        if (clock_boot_ms() >= until_ms)
            return false;
        (void)usleep(PAUSE_US);
    }
    return true;
}

static void leads_come_back_to_a_node_that_was_away(void)
{
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    live_cluster_kill(&cluster, 0);
    CU_ASSERT_TRUE_FATAL(live_cluster_heal(&cluster));
    begin_writing(0);
    CU_ASSERT_TRUE(become_even());
    end_writing();
}

static void top_shows_what_nodes_do(void)
{
    begin_writing(0);
    CU_ASSERT_EQUAL(dalv("cluster top --json --once --interval 500ms"), 0);
    end_writing();
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\"name\":\"process-1\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\"outcome\":\"answered\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\"writes_per_s\":"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\"commits_per_s\":"));
    CU_ASSERT_EQUAL(dalv("cluster top --once --interval 500ms"), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "NODE              LEADS COPIES"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\nPARTITION LEADER"));
}

/* ---- Nodes ---- */

static void start_fourth(void)
{
    char yaml[YAML_BYTES];
    char words[128];

    live_server_open(&fourth);
    (void)snprintf(yaml, sizeof(yaml),
                   "roles: [storage]\n"
                   "node:\n  name: fourth\n  id: %d\n"
                   "cluster:\n  partitions: %d\n"
                   "control:\n  store: \"%s\"\n"
                   "log:\n  segment_bytes: 8MiB\n"
                   "index:\n  cache_bytes: 8MiB\n  write_buffer_bytes: 4MiB\n",
                   FOURTH, LIVE_CLUSTER_PARTITIONS, cluster.control_name);
    live_server_configure(&fourth, yaml);
    live_server_trust(&fourth, &cluster.processes[0]);
    (void)snprintf(words, sizeof(words), "node add fourth=127.0.0.1:%u",
                   fourth.base_port + (unsigned)NODES_PORT);
    CU_ASSERT_EQUAL_FATAL(dalv(words), 0);
    CU_ASSERT_TRUE_FATAL(live_server_start_ready(&fourth));
}

/* It is known by its store only once it has started. */
static bool is_active(const char *node)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;
    char wanted[64];

    (void)snprintf(wanted, sizeof(wanted),
                   "\"name\":\"%s\",\"state\":\"active\"", node);
    do {
        CU_ASSERT_EQUAL(dalv("node list --json"), 0);
        if (strstr(said, wanted) != NULL)
            return true;
        (void)usleep(PAUSE_US);
    } while (clock_boot_ms() < until_ms);
    return false;
}

static void a_node_joins_and_gets_its_share(void)
{
    start_fourth();
    CU_ASSERT_TRUE_FATAL(is_active("fourth"));
    begin_writing(0);
    CU_ASSERT_EQUAL(dalv("rebalance --timeout 90s"), 0);
    end_writing();
    CU_ASSERT_TRUE(copies_of("fourth") >= LIVE_CLUSTER_PARTITIONS / 2);
}

/* Which router it is, 0 or 1. */
static size_t controller(void)
{
    char wanted[64];

    CU_ASSERT_EQUAL(dalv("cluster status --json"), 0);
    (void)snprintf(wanted, sizeof(wanted), "\"controller\":\"process-%d\"",
                   ROUTER + 1);
    return strstr(said, wanted) != NULL ? 0 : 1;
}

static void a_node_is_emptied_though_the_controller_dies(void)
{
    size_t doomed = controller();
    FILE *drain;

    begin_writing(1 - doomed);
    drain = begin_dalv("node drain node-1 --timeout 90s");
    (void)usleep(PAUSE_US);
    live_cluster_kill(&cluster, ROUTER + doomed);
    CU_ASSERT_EQUAL(end_dalv(drain), 0);
    end_writing();
    live_cluster_start(&cluster, ROUTER + doomed);
    CU_ASSERT_TRUE(live_server_wait_ready(&cluster.processes[ROUTER + doomed]));
    CU_ASSERT_EQUAL(copies_of("node-1"), 0);
}

/* What was asked goes on when the command is killed. */
static void a_node_goes_for_good_though_the_command_dies(void)
{
    CU_ASSERT_EQUAL(dalv("node add gone=127.0.0.1:1"), 0);
    CU_ASSERT_EQUAL(dalv("node remove gone --timeout 90s"), 0);
    begin_writing(0);
    CU_ASSERT_EQUAL(dalv("node remove node-1 --no-wait"), 0);
    CU_ASSERT_EQUAL(dalv("node remove node-1 --timeout 90s"), 0);
    end_writing();
    CU_ASSERT_EQUAL(dalv("node list --json"), 0);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said, "\"name\":\"node-1\",\"state\":\"removed\""));
}

static const struct suite_test tests[] = {
    SUITE_TEST(leads_come_back_to_a_node_that_was_away),
    SUITE_TEST(top_shows_what_nodes_do),
    SUITE_TEST(a_node_joins_and_gets_its_share),
    SUITE_TEST(a_node_is_emptied_though_the_controller_dies),
    SUITE_TEST(a_node_goes_for_good_though_the_command_dies),
};

int main(void)
{
    int code;

    live_cluster_open(&cluster, &(struct live_cluster_options){0});
    code = SUITE_RUN("integration/operations", tests);
    if (fourth.config[0] != '\0')
        live_server_close(&fourth);
    live_cluster_close(&cluster);
    return code;
}
