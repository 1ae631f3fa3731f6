#include "tests/integration/cluster_chaos.h"

#include "base/clock.h"
#include "tests/check/verdict.h"
#include "tests/integration/replica_check.h"
#include "tests/integration/witness_check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    CALL_MS = 10000,
    LOOK_CALL_MS = 30000,
    DRAIN_MS = 30000,
    QUIET_MS_MAX = 1500, /* Between two faults. */
    PROBLEM_BYTES = 256,
};

/* ---- Life ---- */

static void connect_load(struct cluster_chaos *chaos, size_t number)
{
    dalv_backend_close(&chaos->backends[number]);
    chaos->backends[number] = live_cluster_connect(
        &chaos->cluster, number % LIVE_CLUSTER_ROUTERS, CALL_MS);
    if (chaos->backends[number] == NULL)
        chaos->not_in_time++;
    load_use(&chaos->loads[number], chaos->backends[number]);
}

void cluster_chaos_open(struct cluster_chaos *chaos,
                        const struct cluster_chaos_options *options,
                        uint64_t seed)
{
    memset(chaos, 0, sizeof(*chaos));
    live_cluster_open(&chaos->cluster, &options->cluster);
    cluster_faults_init(&chaos->faults, &chaos->cluster,
                        options->has_failing_disks, seed);
    folder_path(&chaos->cluster.folder, "history.jsonl", chaos->history_path);
    history_writer_open(&chaos->history, chaos->history_path);
    witness_init(&chaos->witness, seed, WITNESS_USERS_MAX);
    prng_init(&chaos->prng, seed);
    chaos->load_count = options->load_count;
    if (!live_cluster_heal(&chaos->cluster))
        chaos->not_in_time++;
    for (size_t i = 0; i < chaos->load_count; i++) {
        load_init(&chaos->loads[i], &chaos->witness, seed + 1 + i);
        chaos->loads[i].history = &chaos->history;
        connect_load(chaos, i);
    }
}

void cluster_chaos_close(struct cluster_chaos *chaos)
{
    for (size_t i = 0; i < chaos->load_count; i++)
        dalv_backend_close(&chaos->backends[i]);
    history_writer_close(&chaos->history);
    live_cluster_close(&chaos->cluster);
    witness_deinit(&chaos->witness);
}

/* ---- Load ---- */

static void load_all(struct cluster_chaos *chaos)
{
    for (size_t i = 0; i < chaos->load_count; i++) {
        load_fill(&chaos->loads[i]);
        load_poll(&chaos->loads[i], 1);
    }
}

void cluster_chaos_load(struct cluster_chaos *chaos, uint32_t duration_ms)
{
    uint64_t until_ms = clock_boot_ms() + duration_ms;

    while (chaos->not_in_time == 0 && clock_boot_ms() < until_ms)
        load_all(chaos);
}

void cluster_chaos_poll(struct cluster_chaos *chaos, uint32_t duration_ms)
{
    uint64_t until_ms = clock_boot_ms() + duration_ms;

    while (clock_boot_ms() < until_ms) {
        for (size_t i = 0; i < chaos->load_count; i++)
            load_poll(&chaos->loads[i], 1);
    }
}

void cluster_chaos_suffer(struct cluster_chaos *chaos, uint32_t duration_ms)
{
    uint64_t until_ms = clock_boot_ms() + duration_ms;
    uint64_t next_ms = clock_boot_ms();

    while (chaos->not_in_time == 0 && clock_boot_ms() < until_ms) {
        uint64_t now_ms = clock_boot_ms();

        load_all(chaos);
        cluster_faults_end_due(&chaos->faults, now_ms);
        if (now_ms < next_ms)
            continue;
        cluster_faults_strike(&chaos->faults);
        next_ms = now_ms + prng_below(&chaos->prng, QUIET_MS_MAX);
    }
}

/* ---- The end ---- */

static bool miss(struct cluster_chaos *chaos, const char *what)
{
    (void)fprintf(stderr, "seed %llu: %s\n",
                  (unsigned long long)chaos->witness.seed, what);
    chaos->not_in_time++;
    return false;
}

static bool drain(struct cluster_chaos *chaos)
{
    for (size_t i = 0; i < chaos->load_count; i++) {
        if (!load_drain(&chaos->loads[i], DRAIN_MS))
            return false;
    }
    return true;
}

static void ask_again(struct cluster_chaos *chaos, size_t user)
{
    const struct witnessed_user *kept = &chaos->witness.users[user];

    for (size_t i = 0; i < kept->count; i++) {
        struct load *load = &chaos->loads[i % chaos->load_count];

        if (kept->writes[i].testimony != TESTIMONY_UNKNOWN)
            continue;
        while (!load_ask(load, user, i))
            load_poll(load, 10);
    }
}

bool cluster_chaos_settle(struct cluster_chaos *chaos)
{
    if (chaos->not_in_time > 0)
        return false;
    cluster_faults_end_all(&chaos->faults);
    if (!live_cluster_heal(&chaos->cluster))
        return miss(chaos, "the cluster does not become whole");
    if (!drain(chaos))
        return miss(chaos, "what was under way is not answered");
    for (size_t i = 0; i < chaos->witness.user_count; i++)
        ask_again(chaos, i);
    if (!drain(chaos))
        return miss(chaos, "what was asked again is not answered");
    if (witness_count(&chaos->witness, TESTIMONY_UNKNOWN) > 0)
        return miss(chaos, "a whole cluster leaves an outcome open");
    return true;
}

/* Whatever a node led, another leads from what it has. */
static bool look_without(struct cluster_chaos *chaos, size_t node,
                         struct dalv_backend *backend)
{
    live_cluster_kill(&chaos->cluster, node);
    witness_look_at_all(&chaos->witness, backend);
    return live_cluster_heal(&chaos->cluster) ||
           miss(chaos, "a node does not come back");
}

static void look(struct cluster_chaos *chaos, struct dalv_backend *backend)
{
    witness_look_at_all(&chaos->witness, backend);
    for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++) {
        if (!look_without(chaos, i, backend))
            return;
    }
    witness_watch(&chaos->witness, backend);
    if (!replica_check(&chaos->cluster))
        (void)miss(chaos, "the nodes' logs do not become equal");
}

/* What every client saw, as tests/check/history.h says. */
static void judge_history(struct cluster_chaos *chaos)
{
    struct history history = {0};
    struct verdict verdict = {.objections = {.file = stderr}};
    char problem[PROBLEM_BYTES] = "it cannot be read";
    FILE *file;

    history_writer_close(&chaos->history);
    file = fopen(chaos->history_path, "re");
    if (file == NULL ||
        history_read(&history, file, problem, sizeof(problem)) != DALV_OK)
        (void)miss(chaos, problem);
    if (file != NULL)
        (void)fclose(file);
    verdict_reach(&verdict, &history);
    chaos->objections = verdict.objections.count;
    chaos->call_count = history.call_count;
    if (verdict.undecided_count > 0)
        (void)miss(chaos, "the history leaves too much open");
    history_deinit(&history);
}

void cluster_chaos_judge(struct cluster_chaos *chaos)
{
    struct dalv_backend *backend;

    if (!cluster_chaos_settle(chaos))
        return;
    judge_history(chaos);
    backend = live_cluster_connect(&chaos->cluster, 0, LOOK_CALL_MS);
    if (backend == NULL)
        (void)miss(chaos, "no router takes a reader");
    else
        look(chaos, backend);
    dalv_backend_close(&backend);
}

bool cluster_chaos_is_content(const struct cluster_chaos *chaos)
{
    return chaos->not_in_time == 0 && chaos->objections == 0 &&
           witness_is_content(&chaos->witness);
}

void cluster_chaos_tell(const struct cluster_chaos *chaos)
{
    const struct witness *witness = &chaos->witness;

    (void)printf("seed %llu: ", (unsigned long long)witness->seed);
    cluster_faults_tell(&chaos->faults);
    (void)printf(
        "; %zu writes done, %zu unknown, %zu refused; lost %zu, doubled %zu, "
        "undead %zu, wrong %zu; %zu calls, %zu objections\n",
        witness_count(witness, TESTIMONY_DONE),
        witness_count(witness, TESTIMONY_UNKNOWN),
        witness_count(witness, TESTIMONY_REFUSED), witness->lost,
        witness->doubled, witness->undead, witness->wrong, chaos->call_count,
        chaos->objections);
    (void)fflush(stdout);
}
