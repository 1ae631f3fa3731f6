#include "tests/integration/cluster_chaos.h"

#include "base/clock.h"
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
    FAULT_MS_MAX = 2500,
    LOCK_MS_MAX = 4000,
    DICE = 16,
};

/* Of so many faults, as many of each kind. */
static const size_t weights[CLUSTER_FAULTS] = {
    [CLUSTER_FAULT_KILL_NODE] = 5,   [CLUSTER_FAULT_PAUSE_NODE] = 4,
    [CLUSTER_FAULT_KILL_ROUTER] = 2, [CLUSTER_FAULT_PAUSE_ROUTER] = 2,
    [CLUSTER_FAULT_KILL_NODES] = 1,  [CLUSTER_FAULT_LOCK_CONTROL] = 2,
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

void cluster_chaos_open(struct cluster_chaos *chaos, uint64_t seed,
                        size_t load_count)
{
    memset(chaos, 0, sizeof(*chaos));
    live_cluster_open(&chaos->cluster);
    witness_init(&chaos->witness, seed, WITNESS_USERS_MAX);
    prng_init(&chaos->prng, seed);
    chaos->load_count = load_count;
    if (!live_cluster_heal(&chaos->cluster))
        chaos->not_in_time++;
    for (size_t i = 0; i < load_count; i++) {
        load_init(&chaos->loads[i], &chaos->witness, seed + 1 + i);
        connect_load(chaos, i);
    }
}

void cluster_chaos_close(struct cluster_chaos *chaos)
{
    for (size_t i = 0; i < chaos->load_count; i++)
        dalv_backend_close(&chaos->backends[i]);
    live_cluster_close(&chaos->cluster);
    witness_deinit(&chaos->witness);
}

/* ---- Faults ---- */

static size_t choose_node(struct cluster_chaos *chaos)
{
    return prng_below(&chaos->prng, LIVE_CLUSTER_NODES);
}

static size_t choose_router(struct cluster_chaos *chaos)
{
    return LIVE_CLUSTER_NODES + prng_below(&chaos->prng, LIVE_CLUSTER_ROUTERS);
}

static void hit(struct cluster_chaos *chaos, size_t process, bool is_pause)
{
    if (is_pause)
        live_cluster_pause(&chaos->cluster, process);
    else
        live_cluster_kill(&chaos->cluster, process);
    chaos->well_ms[process] =
        clock_boot_ms() + prng_below(&chaos->prng, FAULT_MS_MAX);
}

static void lock_control(struct cluster_chaos *chaos)
{
    /* Who is killed while he commits leaves it behind; a paused one keeps
       everybody out anyway, and us with them. */
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        if (chaos->cluster.is_paused[i])
            return;
    }
    live_cluster_lock_control(&chaos->cluster);
    chaos->control_well_ms =
        clock_boot_ms() + prng_below(&chaos->prng, LOCK_MS_MAX);
}

static enum cluster_fault choose_fault(struct cluster_chaos *chaos)
{
    uint64_t dice = prng_below(&chaos->prng, DICE);
    unsigned fault = 0;

    while (dice >= weights[fault])
        dice -= weights[fault++];
    return (enum cluster_fault)fault;
}

static void suffer_one(struct cluster_chaos *chaos)
{
    enum cluster_fault fault = choose_fault(chaos);

    chaos->faults[fault]++;
    switch (fault) {
    case CLUSTER_FAULT_KILL_NODE:
    case CLUSTER_FAULT_PAUSE_NODE:
        hit(chaos, choose_node(chaos), fault == CLUSTER_FAULT_PAUSE_NODE);
        break;
    case CLUSTER_FAULT_KILL_ROUTER:
    case CLUSTER_FAULT_PAUSE_ROUTER:
        hit(chaos, choose_router(chaos), fault == CLUSTER_FAULT_PAUSE_ROUTER);
        break;
    case CLUSTER_FAULT_KILL_NODES:
        for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++)
            hit(chaos, i, /* is_pause= */ false);
        break;
    case CLUSTER_FAULT_LOCK_CONTROL:
        lock_control(chaos);
        break;
    case CLUSTER_FAULTS:
        break;
    }
}

static void end_faults(struct cluster_chaos *chaos, uint64_t now_ms)
{
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        if (chaos->well_ms[i] == 0 || chaos->well_ms[i] > now_ms)
            continue;
        chaos->well_ms[i] = 0;
        live_cluster_resume(&chaos->cluster, i);
        live_cluster_start(&chaos->cluster, i);
    }
    if (chaos->control_well_ms <= now_ms)
        live_cluster_unlock_control(&chaos->cluster);
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
        end_faults(chaos, now_ms);
        if (now_ms < next_ms)
            continue;
        suffer_one(chaos);
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
    memset(chaos->well_ms, 0, sizeof(chaos->well_ms));
    if (chaos->not_in_time > 0)
        return false;
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

void cluster_chaos_judge(struct cluster_chaos *chaos)
{
    struct dalv_backend *backend;

    if (!cluster_chaos_settle(chaos))
        return;
    backend = live_cluster_connect(&chaos->cluster, 0, LOOK_CALL_MS);
    if (backend == NULL)
        (void)miss(chaos, "no router takes a reader");
    else
        look(chaos, backend);
    dalv_backend_close(&backend);
}

void cluster_chaos_tell(const struct cluster_chaos *chaos)
{
    const struct witness *witness = &chaos->witness;
    const size_t *faults = chaos->faults;

    (void)printf(
        "seed %llu: killed %zu nodes, %zu routers, %zu times all nodes; paused "
        "%zu nodes, %zu routers; control away %zu times; %zu writes done, %zu "
        "unknown, %zu refused; lost %zu, doubled %zu, undead %zu, wrong %zu\n",
        (unsigned long long)witness->seed, faults[CLUSTER_FAULT_KILL_NODE],
        faults[CLUSTER_FAULT_KILL_ROUTER], faults[CLUSTER_FAULT_KILL_NODES],
        faults[CLUSTER_FAULT_PAUSE_NODE], faults[CLUSTER_FAULT_PAUSE_ROUTER],
        faults[CLUSTER_FAULT_LOCK_CONTROL],
        witness_count(witness, TESTIMONY_DONE),
        witness_count(witness, TESTIMONY_UNKNOWN),
        witness_count(witness, TESTIMONY_REFUSED), witness->lost,
        witness->doubled, witness->undead, witness->wrong);
    (void)fflush(stdout);
}
