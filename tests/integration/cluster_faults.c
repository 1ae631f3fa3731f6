#include "tests/integration/cluster_faults.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

enum {
    FAULT_MS_MAX = 2500,
    LOCK_MS_MAX = 4000,
    CUT_MS_MAX = 4000,      /* Often longer than a failover takes. */
    FAILING_CALL_MAX = 400, /* Of a disk, the last one that fails first. */
    NUMBER_BYTES = 16,
};

/* What it is called, and how often it comes among those that are possible. */
static const struct {
    const char *name;
    unsigned weight;
} kinds[CLUSTER_FAULTS] = {
    [CLUSTER_FAULT_KILL_NODE] = {"kill_node", 5},
    [CLUSTER_FAULT_PAUSE_NODE] = {"pause_node", 4},
    [CLUSTER_FAULT_KILL_ROUTER] = {"kill_router", 2},
    [CLUSTER_FAULT_PAUSE_ROUTER] = {"pause_router", 2},
    [CLUSTER_FAULT_KILL_NODES] = {"kill_nodes", 1},
    [CLUSTER_FAULT_LOCK_CONTROL] = {"lock_control", 2},
    [CLUSTER_FAULT_FAIL_DISK] = {"fail_disk", 4},
    [CLUSTER_FAULT_FILL_DISK] = {"fill_disk", 3},
    [CLUSTER_FAULT_CUT_OFF] = {"cut_off", 4},
    [CLUSTER_FAULT_CUT_MOUTH] = {"cut_mouth", 3},
    [CLUSTER_FAULT_CUT_EARS] = {"cut_ears", 3},
    [CLUSTER_FAULT_CUT_PAIR] = {"cut_pair", 3},
    [CLUSTER_FAULT_CUT_PEERS] = {"cut_peers", 4},
    [CLUSTER_FAULT_SPLIT] = {"split", 6},
    [CLUSTER_FAULT_CUT_STORE] = {"cut_store", 3},
    [CLUSTER_FAULT_PAUSE_STORE_LEADER] = {"pause_store_leader", 3},
    [CLUSTER_FAULT_KILL_STORE_MEMBER] = {"kill_store_member", 3},
};

bool cluster_faults_can_fail_disks(void)
{
    return FAULT_SHIM[0] != '\0';
}

void cluster_faults_init(struct cluster_faults *faults,
                         struct live_cluster *cluster, bool has_failing_disks,
                         uint64_t seed)
{
    *faults = (struct cluster_faults){.cluster = cluster,
                                      .has_failing_disks = has_failing_disks};
    prng_init(&faults->prng, seed);
}

/* ---- Which ---- */

static bool is_possible(const struct cluster_faults *faults,
                        enum cluster_fault fault)
{
    const struct live_cluster_options *options = &faults->cluster->options;
    bool has_store_place = options->etcd != NULL;

    if (fault >= CLUSTER_FAULT_PAUSE_STORE_LEADER)
        return options->etcd != NULL && options->etcd->member_count > 1;
    if (fault == CLUSTER_FAULT_CUT_STORE)
        return options->has_network && has_store_place;
    if (fault >= CLUSTER_FAULT_CUT_OFF)
        return options->has_network;
    if (fault >= CLUSTER_FAULT_FAIL_DISK)
        return faults->has_failing_disks;
    return true;
}

static enum cluster_fault choose(struct cluster_faults *faults)
{
    uint64_t sum = 0;
    uint64_t dice;
    unsigned fault = 0;

    for (unsigned i = 0; i < CLUSTER_FAULTS; i++)
        sum += is_possible(faults, (enum cluster_fault)i) ? kinds[i].weight : 0;
    dice = prng_below(&faults->prng, sum);
    for (;; fault++) {
        if (!is_possible(faults, (enum cluster_fault)fault))
            continue;
        if (dice < kinds[fault].weight)
            return (enum cluster_fault)fault;
        dice -= kinds[fault].weight;
    }
}

static size_t choose_node(struct cluster_faults *faults)
{
    return prng_below(&faults->prng, LIVE_CLUSTER_NODES);
}

static size_t choose_router(struct cluster_faults *faults)
{
    return LIVE_CLUSTER_NODES + prng_below(&faults->prng, LIVE_CLUSTER_ROUTERS);
}

static size_t choose_process(struct cluster_faults *faults)
{
    return prng_below(&faults->prng, LIVE_CLUSTER_PROCESSES);
}

static uint64_t until(struct cluster_faults *faults, uint64_t ms_max)
{
    return clock_boot_ms() + prng_below(&faults->prng, ms_max);
}

/* ---- Processes ---- */

static void hit(struct cluster_faults *faults, size_t process, bool is_pause)
{
    if (is_pause)
        live_cluster_pause(faults->cluster, process);
    else
        live_cluster_kill(faults->cluster, process);
    faults->processes_ms[process] = until(faults, FAULT_MS_MAX);
}

static void hit_nodes(struct cluster_faults *faults)
{
    for (size_t i = 0; i < LIVE_CLUSTER_NODES; i++)
        hit(faults, i, /* is_pause= */ false);
}

/* Its disk is good for some calls, and then it is not. */
static void spoil_disk(struct cluster_faults *faults, size_t node, bool is_full)
{
    static const char *const ways[] = {"no_space", "half", "io_write",
                                       "io_sync"};
    struct live_server *server = &faults->cluster->processes[node];
    uint64_t way = prng_below(&faults->prng, sizeof(ways) / sizeof(ways[0]));
    char at[NUMBER_BYTES];

    (void)snprintf(
        at, sizeof(at), "%llu",
        (unsigned long long)prng_below(&faults->prng, FAILING_CALL_MAX) + 1);
    live_cluster_kill(faults->cluster, node);
    live_server_unset(server);
    live_server_set(server, "LD_PRELOAD", FAULT_SHIM);
    live_server_set(server, "FAULT_FOLDER", server->data);
    live_server_set(server, "FAULT_KIND", is_full ? "full" : ways[way]);
    live_server_set(server, "FAULT_AT", at);
    live_cluster_start(faults->cluster, node);
    faults->processes_ms[node] = until(faults, FAULT_MS_MAX);
}

/* On a disk that is whole. */
static void mend(struct cluster_faults *faults, size_t process)
{
    struct live_server *server = &faults->cluster->processes[process];

    faults->processes_ms[process] = 0;
    if (server->setting_count > 0)
        live_cluster_kill(faults->cluster, process);
    live_server_unset(server);
    live_cluster_resume(faults->cluster, process);
    live_cluster_start(faults->cluster, process);
}

/* ---- The control store ---- */

/* Who is killed while he commits to a file leaves that behind; a paused one
   keeps everybody out anyway, and us with them. */
static bool is_any_paused(const struct cluster_faults *faults)
{
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        if (faults->cluster->is_paused[i])
            return true;
    }
    return false;
}

static void lock_control(struct cluster_faults *faults)
{
    if (is_any_paused(faults))
        return;
    live_cluster_lock_control(faults->cluster);
    faults->control_ms = until(faults, LOCK_MS_MAX);
}

/* A majority of the members goes on. */
static void hit_store(struct cluster_faults *faults, bool is_pause)
{
    struct live_etcd *etcd = faults->cluster->options.etcd;
    size_t member = prng_below(&faults->prng, etcd->member_count);

    if (faults->control_ms != 0)
        return;
    for (size_t i = 0; i < etcd->member_count; i++) {
        if (faults->members_ms[i] != 0)
            return;
    }
    if (is_pause) {
        member = live_etcd_leader(etcd);
        live_etcd_pause(etcd, member);
    } else {
        live_etcd_kill(etcd, member);
    }
    faults->members_ms[member] = until(faults, LOCK_MS_MAX);
}

static void mend_member(struct cluster_faults *faults, size_t member)
{
    struct live_etcd *etcd = faults->cluster->options.etcd;

    faults->members_ms[member] = 0;
    live_etcd_resume(etcd, member);
    if (etcd->processes[member] == 0)
        live_etcd_start(etcd, member);
}

/* ---- The network ---- */

static void cut(size_t place, size_t other, enum cluster_fault fault)
{
    if (fault != CLUSTER_FAULT_CUT_EARS)
        live_network_cut(place, other);
    if (fault != CLUSTER_FAULT_CUT_MOUTH)
        live_network_cut(other, place);
}

/* From all places up to the last one. */
static void cut_from_all(size_t place, size_t last, enum cluster_fault fault)
{
    for (size_t other = 1; other <= last; other++) {
        if (other != place)
            cut(place, other, fault);
    }
}

/* A master goes on being asked by a router that knows no better. */
static void split(struct cluster_faults *faults)
{
    uint64_t sides = prng_below(&faults->prng, 1U << CLUSTER_FAULTS_PLACES);

    for (size_t i = 1; i <= CLUSTER_FAULTS_PLACES; i++) {
        for (size_t j = 1; j < i; j++) {
            if ((sides >> (i - 1) & 1) != (sides >> (j - 1) & 1))
                cut(i, j, CLUSTER_FAULT_SPLIT);
        }
    }
}

static enum cluster_fault choose_direction(struct cluster_faults *faults)
{
    static const enum cluster_fault directions[] = {
        CLUSTER_FAULT_CUT_OFF, CLUSTER_FAULT_CUT_MOUTH, CLUSTER_FAULT_CUT_EARS};

    return directions[prng_below(&faults->prng, 3)];
}

static void cut_network(struct cluster_faults *faults, enum cluster_fault fault)
{
    size_t node = choose_node(faults);
    size_t process = choose_process(faults);

    if (fault == CLUSTER_FAULT_CUT_PAIR)
        cut(node + 1, (node + 1) % LIVE_CLUSTER_NODES + 1, fault);
    else if (fault == CLUSTER_FAULT_CUT_PEERS)
        cut_from_all(node + 1, LIVE_CLUSTER_NODES, choose_direction(faults));
    else if (fault == CLUSTER_FAULT_SPLIT)
        split(faults);
    else if (fault == CLUSTER_FAULT_CUT_STORE)
        cut(process + 1, CLUSTER_FAULTS_STORE_PLACE, fault);
    else
        cut_from_all(process + 1, CLUSTER_FAULTS_PLACES, fault);
    faults->network_ms = until(faults, CUT_MS_MAX);
}

/* ---- One and all ---- */

void cluster_faults_strike(struct cluster_faults *faults)
{
    enum cluster_fault fault = choose(faults);

    faults->counts[fault]++;
    switch (fault) {
    case CLUSTER_FAULT_KILL_NODE:
    case CLUSTER_FAULT_PAUSE_NODE:
        hit(faults, choose_node(faults), fault == CLUSTER_FAULT_PAUSE_NODE);
        break;
    case CLUSTER_FAULT_KILL_ROUTER:
    case CLUSTER_FAULT_PAUSE_ROUTER:
        hit(faults, choose_router(faults), fault == CLUSTER_FAULT_PAUSE_ROUTER);
        break;
    case CLUSTER_FAULT_KILL_NODES:
        hit_nodes(faults);
        break;
    case CLUSTER_FAULT_LOCK_CONTROL:
        lock_control(faults);
        break;
    case CLUSTER_FAULT_FAIL_DISK:
    case CLUSTER_FAULT_FILL_DISK:
        spoil_disk(faults, choose_node(faults),
                   fault == CLUSTER_FAULT_FILL_DISK);
        break;
    case CLUSTER_FAULT_CUT_OFF:
    case CLUSTER_FAULT_CUT_MOUTH:
    case CLUSTER_FAULT_CUT_EARS:
    case CLUSTER_FAULT_CUT_PAIR:
    case CLUSTER_FAULT_CUT_PEERS:
    case CLUSTER_FAULT_SPLIT:
    case CLUSTER_FAULT_CUT_STORE:
        cut_network(faults, fault);
        break;
    case CLUSTER_FAULT_PAUSE_STORE_LEADER:
    case CLUSTER_FAULT_KILL_STORE_MEMBER:
        hit_store(faults, fault == CLUSTER_FAULT_PAUSE_STORE_LEADER);
        break;
    case CLUSTER_FAULTS:
        break;
    }
}

static bool is_due(uint64_t well_ms, uint64_t now_ms)
{
    return well_ms != 0 && well_ms <= now_ms;
}

void cluster_faults_end_due(struct cluster_faults *faults, uint64_t now_ms)
{
    for (size_t i = 0; i < LIVE_CLUSTER_PROCESSES; i++) {
        if (is_due(faults->processes_ms[i], now_ms))
            mend(faults, i);
    }
    for (size_t i = 0; i < LIVE_ETCD_MEMBERS_MAX; i++) {
        if (is_due(faults->members_ms[i], now_ms))
            mend_member(faults, i);
    }
    if (is_due(faults->control_ms, now_ms)) {
        faults->control_ms = 0;
        live_cluster_unlock_control(faults->cluster);
    }
    if (is_due(faults->network_ms, now_ms)) {
        faults->network_ms = 0;
        live_network_heal();
    }
}

void cluster_faults_end_all(struct cluster_faults *faults)
{
    cluster_faults_end_due(faults, UINT64_MAX);
}

void cluster_faults_tell(const struct cluster_faults *faults)
{
    const char *comma = "";

    for (size_t i = 0; i < CLUSTER_FAULTS; i++) {
        if (faults->counts[i] == 0)
            continue;
        (void)printf("%s%zu %s", comma, faults->counts[i], kinds[i].name);
        comma = ", ";
    }
}
