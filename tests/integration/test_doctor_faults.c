/*
 * `dalv cluster doctor` on a cluster of real processes, with one fault after
 * another put in by hand: it names each, and ends with the code for it.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "tests/support/live_cluster.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ADMIN_PORT = 6,
    SAID_BYTES = 256 << 10,
    COMMAND_BYTES = 8192,
    PATIENCE_MS = 90000,
    PAUSE_US = 100000,
    SERIOUS = 4,
    WRONG = 3,
    ROUTER = LIVE_CLUSTER_NODES, /* The first one. */
    LEFT_BYTES = 6 << 20,
};

struct story {
    struct live_cluster cluster;
    bool has_disk; /* The first node's data folder is a disk of its own. */
    char said[SAID_BYTES];
    int code;
};

static struct story story;

/* The file of the control store. */
static const char *control_path(void)
{
    return story.cluster.control_name + strlen("file:");
}

static bool copy(const char *from, const char *to)
{
    char command[COMMAND_BYTES];
    int size = snprintf(command, sizeof(command), "exec cp -a %s %s", from, to);

    return size < COMMAND_BYTES &&
           system(command) == 0; /* NOLINT(cert-env33-c) */
}

/* ---- A disk of its own ---- */

/* Mounts of this process alone: gone with it, however it ends. What is in the
   folder already is taken along. */
static bool give_disk(const char *data)
{
    char kept[LIVE_SERVER_PATH_BYTES + 8];
    char inside[LIVE_SERVER_PATH_BYTES + 8];

    (void)snprintf(kept, sizeof(kept), "%s.kept", data);
    (void)snprintf(inside, sizeof(inside), "%s.kept/.", data);
    return unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           copy(data, kept) &&
           mount("none", data, "tmpfs", MS_NOSUID | MS_NODEV, "size=256m") ==
               0 &&
           copy(inside, data);
}

/* ---- Asking ---- */

static void consult(const char *option, const char *more)
{
    char command[COMMAND_BYTES];
    size_t size = 0;
    FILE *stream;
    int length =
        snprintf(command, sizeof(command),
                 "exec timeout 80 %s cluster doctor %s --store "
                 "%s %s",
                 DALV_PROGRAM, option, story.cluster.control_name, more);

    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++)
        length += snprintf(
            command + length, sizeof(command) - (size_t)length, " 127.0.0.1:%u",
            story.cluster.processes[i].base_port + (unsigned)ADMIN_PORT);
    ASSERT((size_t)length < sizeof(command) - sizeof(" 2>&1"));
    (void)snprintf(command + length, sizeof(command) - (size_t)length, " 2>&1");
    stream = popen(command, "re");
    ASSERT(stream != NULL);
    size = fread(story.said, 1, sizeof(story.said) - 1, stream);
    story.said[size] = '\0';
    length = pclose(stream);
    story.code = WIFEXITED(length) ? WEXITSTATUS(length) : -1;
}

/* "fault":"NAME" of this weight with this subject somewhere behind it. */
static bool is_named(const char *fault, const char *subject)
{
    char named[128];
    const char *place;

    (void)snprintf(named, sizeof(named), "\"fault\":\"%s\"", fault);
    place = strstr(story.said, named);
    return place != NULL && strstr(place, subject) != NULL;
}

/* It does so in time: what was done needs a moment to be noticed. */
static bool names(int code, const char *fault, const char *subject)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;

    do {
        consult("--json", "");
        if (story.code == code && is_named(fault, subject))
            return true;
    } while (clock_boot_ms() < until_ms);
    (void)fprintf(stderr, "wanted %s of %s with %d, got %d: %s\n", fault,
                  subject, code, story.code, story.said);
    return false;
}

static bool says_that_all_is_well(void)
{
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;

    do {
        consult("--json", "");
        if (story.code == 0)
            return true;
    } while (clock_boot_ms() < until_ms);
    (void)fprintf(stderr, "it is not well: %s\n", story.said);
    return false;
}

static bool heal(void)
{
    return live_cluster_heal(&story.cluster) && says_that_all_is_well();
}

/* ---- Faults ---- */

static void knows_a_cluster_that_never_started(void)
{
    CU_ASSERT_TRUE(names(SERIOUS, "not_founded", "the cluster"));
    CU_ASSERT_TRUE(is_named("no_controller", "the controller"));
    CU_ASSERT_TRUE(is_named("not_started", "node node-3"));
}

static void finds_nothing_where_nothing_is_wrong(void)
{
    CU_ASSERT_TRUE_FATAL(heal());
    consult("", "");
    CU_ASSERT_EQUAL(story.code, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(story.said, "5 of 5 processes answered\n"));
}

/* Of all nodes together. */
static double sum_of(const char *metric)
{
    double sum = 0;

    for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++)
        sum += live_server_metric(&story.cluster.processes[i], metric);
    return sum;
}

/* What is counted over HTTP, every second, comes to say so, too. */
static void metrics_tell_of_copies_and_the_map(void)
{
    const struct live_server *router = &story.cluster.processes[ROUTER];
    uint64_t until_ms = clock_boot_ms() + PATIENCE_MS;

    while (sum_of("dalv_node_partitions_led") != LIVE_CLUSTER_PARTITIONS &&
           clock_boot_ms() < until_ms)
        (void)usleep(PAUSE_US);
    CU_ASSERT_TRUE(clock_boot_ms() < until_ms);
    CU_ASSERT_EQUAL(sum_of("dalv_node_partitions_held"),
                    LIVE_CLUSTER_NODES * LIVE_CLUSTER_PARTITIONS);
    CU_ASSERT_TRUE(live_server_metric(router, "dalv_map_version") > 1);
    CU_ASSERT_EQUAL(live_server_metric(router, "dalv_control_store_readable"),
                    1);
}

static void names_a_node_that_is_down(void)
{
    live_cluster_kill(&story.cluster, 1);
    CU_ASSERT_TRUE(names(WRONG, "down", "node node-2"));
    /* People hear first who and why, then what to do. */
    consult("", "");
    CU_ASSERT_PTR_NOT_NULL(strstr(story.said, "! node node-2 at "));
    CU_ASSERT_PTR_NOT_NULL(strstr(story.said, "\n    Its log says why"));
    CU_ASSERT_TRUE_FATAL(heal());
}

static void names_a_node_that_is_stopped(void)
{
    live_cluster_pause(&story.cluster, 2);
    CU_ASSERT_TRUE(names(WRONG, "silent", "node node-3"));
    live_cluster_resume(&story.cluster, 2);
    CU_ASSERT_TRUE_FATAL(heal());
}

static void names_the_nodes_without_which_nobody_is_served(void)
{
    live_cluster_kill(&story.cluster, 0);
    live_cluster_kill(&story.cluster, 1);
    CU_ASSERT_TRUE(names(SERIOUS, "no_majority", "partitions 0-15"));
    CU_ASSERT_TRUE(is_named("no_majority", "Missing: node-1, node-2"));
    CU_ASSERT_TRUE_FATAL(heal());
}

static void names_a_control_store_that_is_away(void)
{
    live_cluster_lock_control(&story.cluster);
    CU_ASSERT_TRUE(names(WRONG, "store_unreadable", "the control store"));
    live_cluster_unlock_control(&story.cluster);
    CU_ASSERT_TRUE_FATAL(heal());
}

static void names_who_is_configured_otherwise(void)
{
    struct live_server *router = &story.cluster.processes[ROUTER];
    FILE *file;
    off_t size;

    live_cluster_kill(&story.cluster, ROUTER);
    file = fopen(router->config, "ae");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size = ftello(file);
    (void)fputs("requests:\n  deadline: 3s\n", file);
    (void)fclose(file);
    live_cluster_start(&story.cluster, ROUTER);
    CU_ASSERT_TRUE(names(WRONG, "configuration", "requests.deadline is not"));
    live_cluster_kill(&story.cluster, ROUTER);
    CU_ASSERT_EQUAL_FATAL(truncate(router->config, size), 0);
    CU_ASSERT_TRUE_FATAL(heal());
}

static void names_an_address_that_nobody_knows(void)
{
    consult("--json", "nobody.invalid:7476");
    CU_ASSERT_EQUAL(story.code, WRONG);
    CU_ASSERT_TRUE(is_named("unresolved", "a process at nobody.invalid:7476"));
}

static void names_a_clock_that_is_wrong(void)
{
#ifdef CLOCK_SHIM
    struct live_server *node = &story.cluster.processes[2];

    live_cluster_kill(&story.cluster, 2);
    live_server_set(node, "LD_PRELOAD", CLOCK_SHIM);
    live_server_set(node, "CLOCK_AHEAD_S", "60");
    live_cluster_start(&story.cluster, 2);
    CU_ASSERT_TRUE(names(WRONG, "clock", "60 s ahead of the others"));
    live_cluster_kill(&story.cluster, 2);
    live_server_unset(node);
    CU_ASSERT_TRUE_FATAL(heal());
#endif
}

static void names_a_disk_that_is_nearly_full(void)
{
    const char *data = story.cluster.processes[0].data;
    char path[LIVE_SERVER_PATH_BYTES + 16];
    int file;

    if (!story.has_disk) {
        (void)puts("skipped: no right to mount");
        return;
    }
    (void)snprintf(path, sizeof(path), "%s/ballast", data);
    file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    CU_ASSERT_TRUE_FATAL(file >= 0);
    for (off_t size = 0; posix_fallocate(file, size, LEFT_BYTES) == 0;)
        size += LEFT_BYTES;
    (void)close(file);
    CU_ASSERT_TRUE(names(WRONG, "disk", "node node-1"));
    (void)unlink(path);
    CU_ASSERT_TRUE_FATAL(heal());
}

static void kill_routers(void)
{
    for (size_t i = ROUTER; i < LIVE_CLUSTER_PROCESSES; i++)
        live_cluster_kill(&story.cluster, i);
}

static void names_a_control_store_that_was_put_back(void)
{
    char before[PATH_MAX];

    folder_path(&story.cluster.folder, "before.db", before);
    kill_routers();
    CU_ASSERT_TRUE_FATAL(copy(control_path(), before));
    CU_ASSERT_TRUE_FATAL(heal());
    live_cluster_kill(&story.cluster, 0);
    CU_ASSERT_TRUE(names(WRONG, "down", "node node-1"));
    CU_ASSERT_TRUE_FATAL(heal());
    kill_routers();
    CU_ASSERT_TRUE_FATAL(copy(before, control_path()));
    CU_ASSERT_TRUE(names(SERIOUS, "store_put_back", "partitions "));
    CU_ASSERT_TRUE(is_named("no_controller", "the controller"));
}

static const struct suite_test tests[] = {
    SUITE_TEST(knows_a_cluster_that_never_started),
    SUITE_TEST(finds_nothing_where_nothing_is_wrong),
    SUITE_TEST(metrics_tell_of_copies_and_the_map),
    SUITE_TEST(names_a_node_that_is_down),
    SUITE_TEST(names_a_node_that_is_stopped),
    SUITE_TEST(names_the_nodes_without_which_nobody_is_served),
    SUITE_TEST(names_a_control_store_that_is_away),
    SUITE_TEST(names_who_is_configured_otherwise),
    SUITE_TEST(names_an_address_that_nobody_knows),
    SUITE_TEST(names_a_clock_that_is_wrong),
    SUITE_TEST(names_a_disk_that_is_nearly_full),
    SUITE_TEST(names_a_control_store_that_was_put_back),
};

int main(void)
{
    const char *data = story.cluster.processes[0].data;
    int code;

    live_cluster_open(&story.cluster, &(struct live_cluster_options){0});
    story.has_disk = give_disk(data);
    code = SUITE_RUN("integration/doctor_faults", tests);
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++)
        live_cluster_kill(&story.cluster, i);
    if (story.has_disk)
        (void)umount2(data, MNT_DETACH);
    live_cluster_close(&story.cluster);
    return code;
}
