/*
 * A cluster loses nothing that it acknowledged and does nothing twice, whatever
 * happens to its processes.
 *
 *     test_cluster [--runs N] [--seed S] [--failovers N] [--keep FOLDER]
 */
#include "base/clock.h"
#include "tests/integration/cluster_chaos.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    LOADS = 2,
    FAULTS_MS = 4000,
    /* Of the story of the master that slept. */
    SENT_MS = 50,
    AWAY_MS = 2500,
    BACK_MS = 300,
    FAILOVERS_MAX = 1000,
    FAILOVER_MS_MAX = 5000, /* On a machine with other work to do. */
};

/* As the command line says. */
static size_t run_count = 1;
static size_t failover_count = 1;
static uint64_t seed = 1;
static const char *kept_at; /* Folders of runs that failed; NULL: nowhere. */

static void expect_content(const struct cluster_chaos *chaos)
{
    CU_ASSERT_EQUAL(chaos->not_in_time, 0);
    CU_ASSERT_EQUAL(chaos->witness.lost, 0);
    CU_ASSERT_EQUAL(chaos->witness.doubled, 0);
    CU_ASSERT_EQUAL(chaos->witness.undead, 0);
    CU_ASSERT_EQUAL(chaos->witness.wrong, 0);
    CU_ASSERT_TRUE(witness_count(&chaos->witness, TESTIMONY_DONE) > 0);
}

/* For whoever looks into it. */
static void keep(const struct cluster_chaos *chaos)
{
    if (kept_at == NULL ||
        (chaos->not_in_time == 0 && witness_is_content(&chaos->witness)))
        return;
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%llu-%zu", kept_at,
                       (unsigned long long)chaos->witness.seed, i + 1);
        folder_copy(chaos->cluster.processes[i].folder.path, path);
    }
}

static void keeps_its_promises_under_faults(void)
{
    static struct cluster_chaos chaos;

    for (size_t i = 0; i < run_count; i++) {
        cluster_chaos_open(&chaos, seed + i, LOADS);
        cluster_chaos_suffer(&chaos, FAULTS_MS);
        cluster_chaos_judge(&chaos);
        cluster_chaos_tell(&chaos);
        expect_content(&chaos);
        keep(&chaos);
        cluster_chaos_close(&chaos);
    }
}

/* Let the users be of partitions that this node leads. */
static void choose_users(struct cluster_chaos *chaos, size_t node)
{
    size_t count = 0;

    for (unsigned number = 0; count < WITNESS_USERS_MAX; number++) {
        for (uint32_t i = 0; i < LIVE_CLUSTER_PARTITIONS; i++) {
            if (count < WITNESS_USERS_MAX &&
                live_cluster_master(&chaos->cluster, i) == node)
                live_cluster_user(i, number,
                                  chaos->witness.users[count++].name);
        }
    }
}

static void write_while_away(struct cluster_chaos *chaos, size_t node,
                             size_t router)
{
    live_cluster_pause(&chaos->cluster, node);
    for (size_t i = 0; i < chaos->load_count; i++)
        load_fill(&chaos->loads[i]);
    cluster_chaos_poll(chaos, SENT_MS);
    live_cluster_pause(&chaos->cluster, router);
    cluster_chaos_load(chaos, AWAY_MS);
    live_cluster_resume(&chaos->cluster, node);
    cluster_chaos_load(chaos, BACK_MS);
    live_cluster_resume(&chaos->cluster, router);
    cluster_chaos_load(chaos, BACK_MS);
}

/*
 * It finds 500 writes when it wakes up, and the router that sent them knows no
 * more than it does itself.
 */
static void a_master_that_slept_acknowledges_nothing_alone(void)
{
    static struct cluster_chaos chaos;
    size_t node;

    cluster_chaos_open(&chaos, seed, CLUSTER_CHAOS_LOADS);
    node = live_cluster_master(&chaos.cluster, seed % LIVE_CLUSTER_PARTITIONS);
    CU_ASSERT_NOT_EQUAL_FATAL(node, SIZE_MAX);
    choose_users(&chaos, node);
    cluster_chaos_load(&chaos, BACK_MS);
    write_while_away(&chaos, node, LIVE_CLUSTER_NODES);
    cluster_chaos_judge(&chaos);
    cluster_chaos_tell(&chaos);
    expect_content(&chaos);
    keep(&chaos);
    cluster_chaos_close(&chaos);
}

/* Milliseconds from the kill of a master to the next acknowledged write. */
static uint64_t measure_failover(struct cluster_chaos *chaos,
                                 struct dalv_backend *backend)
{
    uint32_t partition =
        (uint32_t)prng_below(&chaos->prng, LIVE_CLUSTER_PARTITIONS);
    size_t node = live_cluster_master(&chaos->cluster, partition);
    uint64_t begin_ms;
    char user[32];

    live_cluster_user(partition, 0, user);
    CU_ASSERT_NOT_EQUAL_FATAL(node, SIZE_MAX);
    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text(user), dalv_text("key"),
                                     dalv_text("before"), NULL),
                    DALV_OK);
    begin_ms = clock_boot_ms();
    live_cluster_kill(&chaos->cluster, node);
    CU_ASSERT_EQUAL(dalv_backend_put(backend, dalv_text(user), dalv_text("key"),
                                     dalv_text("behind"), NULL),
                    DALV_OK);
    return clock_boot_ms() - begin_ms;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

static void goes_on_soon_after_a_master_is_killed(void)
{
    static struct cluster_chaos chaos;
    static uint64_t took_ms[FAILOVERS_MAX];

    cluster_chaos_open(&chaos, seed, 1);
    for (size_t i = 0; i < failover_count; i++) {
        took_ms[i] = measure_failover(&chaos, chaos.backends[0]);
        CU_ASSERT_TRUE(took_ms[i] < FAILOVER_MS_MAX);
        CU_ASSERT_TRUE_FATAL(live_cluster_heal(&chaos.cluster));
    }
    qsort(took_ms, failover_count, sizeof(took_ms[0]), compare);
    (void)printf("%zu failovers: half within %llu ms, all within %llu ms\n",
                 failover_count,
                 (unsigned long long)took_ms[failover_count / 2],
                 (unsigned long long)took_ms[failover_count - 1]);
    CU_ASSERT_EQUAL(chaos.not_in_time, 0);
    cluster_chaos_close(&chaos);
}

static const struct suite_test tests[] = {
    SUITE_TEST(goes_on_soon_after_a_master_is_killed),
    SUITE_TEST(a_master_that_slept_acknowledges_nothing_alone),
    SUITE_TEST(keeps_its_promises_under_faults),
};

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"runs", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},
        {"failovers", required_argument, NULL, 'f'},
        {"keep", required_argument, NULL, 'k'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'r') {
            run_count = strtoull(optarg, NULL, 10);
        } else if (option == 's') {
            seed = strtoull(optarg, NULL, 10);
        } else if (option == 'f') {
            failover_count = strtoull(optarg, NULL, 10);
        } else if (option == 'k') {
            kept_at = optarg;
        } else {
            (void)fputs("usage: test_cluster [--runs N] [--seed S] "
                        "[--failovers N] [--keep FOLDER]\n",
                        stderr);
            return 2;
        }
    }
    if (failover_count == 0 || failover_count > FAILOVERS_MAX)
        failover_count = 1;
    return SUITE_RUN("integration/cluster", tests);
}
