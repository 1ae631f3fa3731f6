#include "tests/sim/world.h"

#include "base/assert.h"
#include "proto/codec.h"
#include "tests/sim/fate.h"
#include "tests/sim/founding.h"
#include "tests/sim/host/log_sink.h"
#include "tests/sim/script.h"
#include "tests/sim/standing.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)

enum {
    STORM_S = 10, /* Of the first phase, at least, ... */
    STORM_MORE_S = 30,
    CALM_S_MAX = 120, /* Of the second, at most. */
    LOOK_US = 200000,
    STANDING_TEXT_BYTES = 160,
    TOKEN_LIFE_S = 90 * 86400,
    TOKEN_LIFE_SHORT_S = 5,
};

const char *world_user_name(unsigned user)
{
    static const char *const names[WITNESS_USERS] = {"alice", "bob"};

    return names[user];
}

uint64_t world_server_wall_us(const struct world *world)
{
    int64_t wall_us = (int64_t)(WORLD_BASE_US + world->now_us);

    wall_us += world->server_skew_us;
    return wall_us < 0 ? 0 : (uint64_t)wall_us;
}

void world_fail(struct world *world, const char *format, ...)
{
    va_list values;

    if (world->has_failed)
        return;
    world->has_failed = true;
    va_start(values, format);
    (void)vsnprintf(world->failure, sizeof(world->failure), format, values);
    va_end(values);
    trace_put(&world->trace, world->now_us, "FAILED: %s", world->failure);
}

/* ---- Tokens ---- */

/* Issued by somebody with a right clock. */
struct bytes world_token(struct world *world, unsigned user, bool is_device)
{
    uint64_t life_s = faults_has(world, FAULT_TOKEN_EXPIRY) ? TOKEN_LIFE_SHORT_S
                                                            : TOKEN_LIFE_S;
    uint64_t expires_s = (WORLD_BASE_US + world->now_us) / SECOND_US + life_s;

    world->token_expires_s = expires_s;
    (void)snprintf(world->token, sizeof(world->token), "%s %" PRIu64,
                   is_device ? world_user_name(user) : "-", expires_s);
    return bytes_from_text(world->token);
}

uint64_t world_token_expiry_us(const struct world *world)
{
    return world->token_expires_s * SECOND_US;
}

static enum token_reason judge_token(struct token_judge *judge,
                                     struct bytes token, uint64_t wall_us,
                                     struct token_claims *out_claims)
{
    static const struct token_right all = {.grants = TOKEN_READ | TOKEN_WRITE |
                                                     TOKEN_WATCH};
    char text[64] = "";
    char user[16] = "";
    uint64_t expires_s = 0;

    (void)judge;
    memcpy(text, token.data, token.size < 63 ? token.size : 63);
    if (sscanf(text, "%15s %" SCNu64, user, &expires_s) != 2)
        return TOKEN_MALFORMED;
    if (expires_s * SECOND_US <= wall_us)
        return TOKEN_EXPIRED;
    *out_claims = (struct token_claims){
        .role = TOKEN_DEVICE, .expires_s = expires_s, .right_count = 1};
    out_claims->rights[0] = all;
    if (strcmp(user, "-") == 0)
        out_claims->role = TOKEN_BACKEND;
    else
        memcpy(out_claims->user, user, strlen(user) + 1);
    return TOKEN_ACCEPTED;
}

/* ---- Servers ---- */

unsigned world_add_process(struct world *world, struct process *process)
{
    ASSERT(world->process_count < WORLD_PROCESSES_MAX);
    world->processes[world->process_count] = process;
    return (unsigned)world->process_count++;
}

bool world_is_blocked(const struct world *world, const struct process *from,
                      const struct process *to)
{
    return world->is_blocked[from->number][to->number];
}

bool world_is_control_cut(const struct world *world,
                          const struct process *process)
{
    return world->is_control_cut[process->number];
}

uint64_t world_control_delay_us(struct world *world)
{
    return faults_delay_us(world) + faults_delay_us(world);
}

/* ---- Life ---- */

static void add_devices(struct world *world)
{
    world->device_count = 2 + (size_t)prng_below(&world->prng, 3);
    for (unsigned i = 0; i < WORLD_DEVICES_MAX; i++)
        device_process_init(&world->devices[i], world, i, i == 2 ? 1 : 0);
}

/* Many small worlds, some larger ones. */
static size_t choose_size(struct world *world)
{
    static const size_t sizes[] = {1, 1, 1, 1, 3, 3, 3, 3, 5, 7};

    return sizes[prng_below(&world->prng, sizeof(sizes) / sizeof(sizes[0]))];
}

static void add_servers(struct world *world)
{
    for (uint32_t i = 0; i < world->node_count; i++)
        node_process_init(&world->nodes[i], world, i + 1);
    for (unsigned i = 0; i < WORLD_ROUTERS; i++)
        router_process_init(&world->routers[i], world, i);
}

struct world *world_create(uint64_t seed, size_t node_count, bool is_echoed)
{
    struct world *world = calloc(1, sizeof(*world));

    ASSERT(world != NULL);
    world->seed = seed;
    world->arena_block = malloc(CODEC_ARENA_BYTES_MAX);
    ASSERT(world->arena_block != NULL);
    prng_init(&world->prng, seed);
    world->node_count = choose_size(world);
    if (node_count != 0)
        world->node_count = node_count;
    trace_init(&world->trace, is_echoed);
    world->log_sink = log_sink_open(world);
    schedule_init(&world->schedule);
    wires_init(&world->wires, world);
    faults_init(world);
    world->policy = script_policy();
    world->token_judge.ask = judge_token;
    deeds_init(&world->deeds);
    witness_init(&world->witness, world);
    agreement_init(&world->agreement, world);
    likeness_init(&world->likeness, world);
    add_servers(world);
    if (world->node_count > 1)
        founding_begin(world);
    for (unsigned i = 0; i < WORLD_BACKENDS; i++)
        backend_process_init(&world->backends[i], world, i);
    for (unsigned i = 0; i < WORLD_WATCHERS; i++)
        watcher_process_init(&world->watchers[i], world, i);
    add_devices(world);
    return world;
}

void world_destroy(struct world **world_p)
{
    struct world *world = *world_p;

    for (size_t i = 0; i < WORLD_DEVICES_MAX; i++)
        device_process_deinit(&world->devices[i]);
    for (size_t i = 0; i < WORLD_BACKENDS; i++)
        backend_process_deinit(&world->backends[i]);
    for (size_t i = 0; i < WORLD_WATCHERS; i++)
        watcher_process_deinit(&world->watchers[i]);
    for (size_t i = 0; i < WORLD_ROUTERS; i++)
        router_process_deinit(&world->routers[i]);
    for (size_t i = 0; i < world->node_count; i++)
        node_process_deinit(&world->nodes[i]);
    founding_end(world);
    schedule_deinit(&world->schedule);
    wires_deinit(&world->wires);
    witness_deinit(&world->witness);
    agreement_deinit(&world->agreement);
    likeness_deinit(&world->likeness);
    log_sink_close(&world->log_sink);
    deeds_deinit(&world->deeds);
    free(world->arena_block);
    free(world);
    *world_p = NULL;
}

static void start_all(struct world *world)
{
    for (size_t i = 0; i < world->node_count; i++)
        node_process_start(&world->nodes[i]);
    for (size_t i = 0; i < WORLD_ROUTERS; i++)
        router_process_start(&world->routers[i]);
    for (size_t i = 0; i < WORLD_BACKENDS; i++)
        backend_process_start(&world->backends[i]);
    for (size_t i = 0; i < WORLD_WATCHERS; i++)
        watcher_process_start(&world->watchers[i]);
    for (size_t i = 0; i < world->device_count; i++)
        (void)device_process_start(&world->devices[i]);
    fate_begin(world);
}

/* Let time pass until a moment, or a failure. */
static void run_until(struct world *world, uint64_t until_us)
{
    struct moment moment;

    while (!world->has_failed && world->schedule.count > 0 &&
           world->schedule.heap[0].at_us <= until_us) {
        (void)schedule_take(&world->schedule, &moment);
        ASSERT(moment.at_us >= world->now_us);
        world->now_us = moment.at_us;
        world->step_count++;
        moment.run(moment.owner, &moment);
        parcel_destroy(&moment.parcel);
    }
    if (!world->has_failed)
        world->now_us = until_us;
}

/* ---- The calm ---- */

static bool is_device_done(struct device_process *device)
{
    struct cursor head;
    struct cursor shown;

    if (!device->is_up || device->machine != NULL || !device->is_synced)
        return false;
    head = witness_head(&device->world->witness, device->user);
    shown = replica_state(store_replica(device->store))->cursor;
    return shown.history_id == head.history_id &&
           shown.revision == head.revision &&
           ledger_pending(store_ledger(device->store))->count == 0;
}

static bool are_clients_done(struct world *world)
{
    for (size_t i = 0; i < world->device_count; i++) {
        if (!is_device_done(&world->devices[i]))
            return false;
    }
    for (size_t i = 0; i < WORLD_BACKENDS; i++) {
        if (!backend_process_is_idle(&world->backends[i]))
            return false;
    }
    for (size_t i = 0; i < WORLD_WATCHERS; i++) {
        if (world->watchers[i].thought > 0 &&
            !watcher_process_is_done(&world->watchers[i]))
            return false;
    }
    return true;
}

static bool is_done(struct world *world)
{
    char text[STANDING_TEXT_BYTES];

    return are_clients_done(world) &&
           standing_is_well(world, text, sizeof(text));
}

static void sync_all(struct world *world)
{
    for (size_t i = 0; i < world->device_count; i++) {
        if (!is_device_done(&world->devices[i]))
            device_process_sync(&world->devices[i]);
    }
}

static void judge_end(struct world *world)
{
    standing_judge(world);
    for (size_t i = 0; i < world->device_count; i++)
        device_process_judge_end(&world->devices[i]);
    for (size_t i = 0; i < world->deeds.count; i++) {
        const struct deed *deed = world->deeds.items[i];

        if (deed->end == DEED_DONE && deed->effect_count != 1 &&
            !deed->is_erasure && world->faults.counts[FAULT_NODE_CLOCK] == 0)
            world_fail(world, "t%u was told to be done, and is not",
                       deed->number);
    }
}

static void fail_to_end(struct world *world)
{
    char text[STANDING_TEXT_BYTES];

    standing_tell(world);
    if (!standing_is_well(world, text, sizeof(text)))
        world_fail(world, "the cluster is not well again: %s", text);
    for (size_t i = 0; i < world->device_count; i++) {
        struct device_process *device = &world->devices[i];

        if (!is_device_done(device))
            world_fail(world,
                       "device %zu does not come to an end: up=%d "
                       "syncing=%d",
                       i, device->is_up, device->machine != NULL);
    }
    for (size_t i = 0; i < WORLD_WATCHERS; i++) {
        if (!watcher_process_is_done(&world->watchers[i]))
            world_fail(world, "watcher %zu is not told of everything", i);
    }
    world_fail(world, "a backend does not get its answer");
}

void world_pass(struct world *world, uint64_t us)
{
    run_until(world, world->now_us + us);
}

void world_settle(struct world *world)
{
    uint64_t end_us;

    trace_put(&world->trace, world->now_us, "the calm begins");
    world->is_calm = true;
    fate_end(world);
    end_us = world->now_us + CALM_S_MAX * SECOND_US;
    while (!world->has_failed && !is_done(world)) {
        if (world->now_us >= end_us)
            fail_to_end(world);
        sync_all(world);
        run_until(world, world->now_us + LOOK_US);
    }
    if (!world->has_failed)
        judge_end(world);
}

bool world_run(struct world *world)
{
    uint64_t storm_s = STORM_S + prng_below(&world->prng, STORM_MORE_S);

    start_all(world);
    run_until(world, storm_s * SECOND_US);
    world_settle(world);
    return !world->has_failed;
}
