/*
 * A cluster loses nothing that it acknowledged and does nothing twice, whatever
 * happens to its processes, its disks, its network and its control store.
 */
#include "tests/integration/cluster_chaos.h"
#include "tests/integration/failover.h"
#include "tests/integration/switchover.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOADS = 2,
    FAULTS_MS = 4000,
    /* Of the story of the master that slept. */
    SENT_MS = 50,
    AWAY_MS = 2500,
    BACK_MS = 300,
    FAILOVERS_MAX = 1000,
    /* On a machine with other work to do. */
    FAILOVER_MS_MAX = 5000,
    SWITCHOVER_MS_MAX = 2000,
    ETCD_MEMBERS = 3,
    EXIT_SKIPPED = 77,
};

static const char usage[] =
    "usage: test_cluster [OPTIONS]\n"
    "  --runs N        so many runs of faults by chance; default 1\n"
    "  --seed S        of the first one; the next ones count up\n"
    "  --failovers N   measure so many, one behind the other\n"
    "  --switchovers N the same\n"
    "  --outage S      the control store is away for so many seconds; default "
    "2\n"
    "  --keep FOLDER   copy there what runs that failed left behind\n"
    "  --only-runs     tell no other story\n"
    "  --keyed         all connections are encrypted\n"
    "  --network       each process in a network namespace, which is cut\n"
    "  --etcd          the control store is etcd, of three members\n"
    "  --disks         disks fail and run full\n"
    "  --other DALVD   a server of another version, for every other start\n";

/* As the command line says. */
static struct {
    size_t run_count;
    size_t failover_count;
    size_t switchover_count;
    size_t outage_s;
    uint64_t seed;
    const char *kept_at; /* Folders of runs that failed; NULL: nowhere. */
    const char *other_program;
    int is_only_runs;
    int is_keyed;
    int has_network;
    int has_etcd;
    int has_disks;
} options = {.run_count = 1,
             .failover_count = 1,
             .switchover_count = 1,
             .outage_s = 2,
             .seed = 1};

/* The cluster, the faults and the load of a story. */
static void open_chaos(struct cluster_chaos *chaos, struct live_etcd *etcd,
                       size_t load_count, uint64_t seed)
{
    struct cluster_chaos_options chosen = {
        .cluster = {.is_keyed = options.is_keyed != 0,
                    .has_network = options.has_network != 0,
                    .other_program = options.other_program,
                    .seed = seed},
        .load_count = load_count,
        .has_failing_disks = options.has_disks != 0,
    };

    if (options.has_etcd != 0 && options.has_network != 0)
        live_etcd_open_at(etcd, ETCD_MEMBERS, CLUSTER_FAULTS_STORE_PLACE);
    else if (options.has_etcd != 0)
        live_etcd_open(etcd, ETCD_MEMBERS);
    if (options.has_etcd != 0)
        chosen.cluster.etcd = etcd;
    cluster_chaos_open(chaos, &chosen, seed);
}

static void close_chaos(struct cluster_chaos *chaos, struct live_etcd *etcd)
{
    cluster_chaos_close(chaos);
    if (options.has_etcd != 0)
        live_etcd_close(etcd);
}

static void expect_content(const struct cluster_chaos *chaos)
{
    CU_ASSERT_EQUAL(chaos->not_in_time, 0);
    CU_ASSERT_EQUAL(chaos->witness.lost, 0);
    CU_ASSERT_EQUAL(chaos->witness.doubled, 0);
    CU_ASSERT_EQUAL(chaos->witness.undead, 0);
    CU_ASSERT_EQUAL(chaos->witness.wrong, 0);
    CU_ASSERT_EQUAL(chaos->objections, 0);
    CU_ASSERT_TRUE(witness_count(&chaos->witness, TESTIMONY_DONE) > 0);
}

/* For whoever looks into it. */
static void keep(const struct cluster_chaos *chaos)
{
    char path[PATH_MAX];

    if (options.kept_at == NULL || cluster_chaos_is_content(chaos))
        return;
    (void)snprintf(path, sizeof(path), "%s/%llu-control", options.kept_at,
                   (unsigned long long)chaos->witness.seed);
    folder_copy(chaos->cluster.folder.path, path);
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        (void)snprintf(path, sizeof(path), "%s/%llu-%zu", options.kept_at,
                       (unsigned long long)chaos->witness.seed, i + 1);
        folder_copy(chaos->cluster.processes[i].folder.path, path);
    }
}

static void keeps_its_promises_under_faults(void)
{
    static struct cluster_chaos chaos;
    struct live_etcd etcd;

    for (size_t i = 0; i < options.run_count; i++) {
        open_chaos(&chaos, &etcd, LOADS, options.seed + i);
        cluster_chaos_suffer(&chaos, FAULTS_MS);
        cluster_chaos_judge(&chaos);
        cluster_chaos_tell(&chaos);
        if (options.other_program != NULL)
            (void)printf("%zu starts of the other version\n",
                         chaos.cluster.other_start_count);
        expect_content(&chaos);
        keep(&chaos);
        close_chaos(&chaos, &etcd);
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
    struct live_etcd etcd;
    size_t node;

    open_chaos(&chaos, &etcd, CLUSTER_CHAOS_LOADS, options.seed);
    node = live_cluster_master(&chaos.cluster,
                               options.seed % LIVE_CLUSTER_PARTITIONS);
    CU_ASSERT_NOT_EQUAL_FATAL(node, SIZE_MAX);
    choose_users(&chaos, node);
    cluster_chaos_load(&chaos, BACK_MS);
    write_while_away(&chaos, node, LIVE_CLUSTER_NODES);
    cluster_chaos_judge(&chaos);
    cluster_chaos_tell(&chaos);
    expect_content(&chaos);
    keep(&chaos);
    close_chaos(&chaos, &etcd);
}

static void tell_failovers(struct failover *failovers, size_t count)
{
    (void)printf(
        "%zu failovers: half within %llu ms, 99 %% within %llu ms, all "
        "within %llu ms\n",
        count, (unsigned long long)failover_percentile(failovers, count, 50),
        (unsigned long long)failover_percentile(failovers, count, 99),
        (unsigned long long)failover_percentile(failovers, count, 100));
}

static void goes_on_soon_after_a_master_is_killed(void)
{
    static struct cluster_chaos chaos;
    static struct failover failovers[FAILOVERS_MAX];
    bool is_measured = options.failover_count > 1;
    struct live_etcd etcd;

    open_chaos(&chaos, &etcd, 1, options.seed);
    for (size_t i = 0; i < options.failover_count; i++) {
        uint32_t partition =
            (uint32_t)prng_below(&chaos.prng, LIVE_CLUSTER_PARTITIONS);

        /* Two faults at a time take longer than one. */
        if (is_measured)
            CU_ASSERT_TRUE_FATAL(live_cluster_settle(&chaos.cluster));
        CU_ASSERT_EQUAL(failover_measure(&chaos.cluster, chaos.backends[0],
                                         partition, &failovers[i]),
                        DALV_OK);
        CU_ASSERT_TRUE(failovers[i].took_ms < FAILOVER_MS_MAX);
        if (is_measured)
            failover_tell(&failovers[i]);
        CU_ASSERT_TRUE_FATAL(live_cluster_heal(&chaos.cluster));
    }
    tell_failovers(failovers, options.failover_count);
    CU_ASSERT_EQUAL(chaos.not_in_time, 0);
    close_chaos(&chaos, &etcd);
}

static void nobody_notices_a_switchover(void)
{
    static struct cluster_chaos chaos;
    struct live_etcd etcd;

    open_chaos(&chaos, &etcd, 1, options.seed);
    CU_ASSERT_TRUE_FATAL(live_cluster_settle(&chaos.cluster));
    for (size_t i = 0; i < options.switchover_count; i++) {
        struct switchover switchover;

        CU_ASSERT_EQUAL(
            switchover_measure(&chaos.cluster, chaos.backends[0],
                               (uint32_t)(i % LIVE_CLUSTER_PARTITIONS),
                               &switchover),
            DALV_OK);
        switchover_tell(&switchover);
        CU_ASSERT_EQUAL(switchover.code, 0);
        CU_ASSERT_EQUAL(switchover.error_count, 0);
        CU_ASSERT_TRUE(switchover.longest_ms < SWITCHOVER_MS_MAX);
    }
    close_chaos(&chaos, &etcd);
}

/* Nobody needs it as long as nobody fails. */
static void goes_on_while_the_control_store_is_away(void)
{
    static struct cluster_chaos chaos;
    struct live_etcd etcd;
    size_t before;

    open_chaos(&chaos, &etcd, LOADS, options.seed);
    CU_ASSERT_TRUE_FATAL(live_cluster_settle(&chaos.cluster));
    before = witness_count(&chaos.witness, TESTIMONY_DONE);
    live_cluster_lock_control(&chaos.cluster);
    cluster_chaos_load(&chaos, (uint32_t)options.outage_s * 1000);
    CU_ASSERT_TRUE(witness_count(&chaos.witness, TESTIMONY_DONE) > before);
    cluster_chaos_judge(&chaos);
    cluster_chaos_tell(&chaos);
    expect_content(&chaos);
    keep(&chaos);
    close_chaos(&chaos, &etcd);
}

static const struct suite_test tests[] = {
    SUITE_TEST(keeps_its_promises_under_faults),
    SUITE_TEST(goes_on_soon_after_a_master_is_killed),
    SUITE_TEST(nobody_notices_a_switchover),
    SUITE_TEST(goes_on_while_the_control_store_is_away),
    SUITE_TEST(a_master_that_slept_acknowledges_nothing_alone),
};

static bool take_option(int letter)
{
    if (letter == 'r')
        options.run_count = strtoull(optarg, NULL, 10);
    else if (letter == 's')
        options.seed = strtoull(optarg, NULL, 10);
    else if (letter == 'f')
        options.failover_count = strtoull(optarg, NULL, 10);
    else if (letter == 'w')
        options.switchover_count = strtoull(optarg, NULL, 10);
    else if (letter == 'a')
        options.outage_s = strtoull(optarg, NULL, 10);
    else if (letter == 'k')
        options.kept_at = optarg;
    else if (letter == 'o')
        options.other_program = optarg;
    else
        return letter == 0;
    return true;
}

static bool parse(int argc, char **argv)
{
    const struct option known[] = {
        {"runs", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},
        {"failovers", required_argument, NULL, 'f'},
        {"switchovers", required_argument, NULL, 'w'},
        {"outage", required_argument, NULL, 'a'},
        {"keep", required_argument, NULL, 'k'},
        {"other", required_argument, NULL, 'o'},
        {"only-runs", no_argument, &options.is_only_runs, 1},
        {"keyed", no_argument, &options.is_keyed, 1},
        {"network", no_argument, &options.has_network, 1},
        {"etcd", no_argument, &options.has_etcd, 1},
        {"disks", no_argument, &options.has_disks, 1},
        {NULL, 0, NULL, 0},
    };
    int letter;

    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (!take_option(letter))
            return false;
    }
    return optind == argc && options.failover_count <= FAILOVERS_MAX;
}

/* What is asked for may not be there; that is said. */
static bool is_possible(void)
{
    if (options.has_etcd != 0 && !live_etcd_is_there()) {
        (void)puts("skipped: etcd is not installed");
        return false;
    }
    if (options.has_disks != 0 && !cluster_faults_can_fail_disks()) {
        (void)puts("skipped: a disk can not fail in a build with a sanitizer");
        return false;
    }
    return options.has_network == 0 ||
           live_network_enter(CLUSTER_FAULTS_PLACES);
}

int main(int argc, char **argv)
{
    if (!parse(argc, argv)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    /* Beyond loopback nobody speaks in the clear. */
    options.is_keyed |= options.has_network;
    if (!is_possible())
        return EXIT_SKIPPED;
    return suite_run(
        "integration/cluster", tests,
        options.is_only_runs != 0 ? 1 : sizeof(tests) / sizeof(tests[0]));
}
