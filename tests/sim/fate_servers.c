#include "tests/sim/fate_servers.h"

#include "tests/sim/host/endpoint.h"
#include "tests/sim/operator.h"
#include "tests/sim/world.h"

#include <string.h>

enum {
    FAIL_CALLS = 12,
    US_PER_MS = 1000,
    CUT_US_MAX = 8000000,
    PAUSE_MS_MAX = 12000,
    SLOW_US_MAX = 6000000,
    NOTICED_US = 600000, /* By heartbeats of the transport. */
};

/* ---- The network ---- */

void fate_block(struct world *world, unsigned from, unsigned to)
{
    world->is_blocked[from][to] = true;
}

void fate_isolate(struct world *world, unsigned process)
{
    for (unsigned i = 0; i < world->process_count; i++) {
        if (i == process)
            continue;
        fate_block(world, process, i);
        fate_block(world, i, process);
    }
}

void fate_unblock_all(struct world *world)
{
    memset(world->is_blocked, 0, sizeof(world->is_blocked));
}

void fate_pause(struct world *world, unsigned process, unsigned ms)
{
    world->processes[process]->paused_until_us =
        world->now_us + (uint64_t)ms * US_PER_MS;
    trace_put(&world->trace, world->now_us, "process %u stands still for %u ms",
              process, ms);
}

static bool is_blocked(const struct wire *wire)
{
    const struct process *a = wire->ends[WIRE_CLIENT].process;
    const struct process *b = wire->ends[WIRE_SERVER].process;

    return a != NULL && b != NULL &&
           (world_is_blocked(wire->world, a, b) ||
            world_is_blocked(wire->world, b, a));
}

/* Where nothing comes through the transport gives up, one way or both. */
static void on_noticed(void *owner, struct moment *moment)
{
    struct world *world = owner;

    (void)moment;
    for (size_t i = 0; i < world->wires.count; i++) {
        if (world->wires.items[i]->is_open && is_blocked(world->wires.items[i]))
            wire_cut(world->wires.items[i]);
    }
}

static void on_healed(void *owner, struct moment *moment)
{
    struct world *world = owner;

    if (moment->number != world->cut_count)
        return;
    trace_put(&world->trace, world->now_us, "the network is whole");
    fate_unblock_all(world);
}

/* Two parts, and maybe one process that both reach. */
static void split(struct world *world)
{
    uint64_t sides = prng_next(&world->prng);
    uint64_t bridge = prng_below(&world->prng, 2 * world->process_count);

    for (unsigned i = 0; i < world->process_count; i++) {
        for (unsigned k = 0; k < world->process_count; k++) {
            if ((sides >> i & 1) != (sides >> k & 1) && i != bridge &&
                k != bridge)
                fate_block(world, i, k);
        }
    }
}

static void put_moment(struct world *world, uint64_t delay_us,
                       moment_runner *run)
{
    schedule_put(&world->schedule,
                 (struct moment){.at_us = world->now_us + delay_us,
                                 .run = run,
                                 .owner = world,
                                 .number = world->cut_count});
}

static unsigned any_process(struct world *world)
{
    return (unsigned)prng_below(&world->prng, world->process_count);
}

static void cut_network(struct world *world)
{
    fate_unblock_all(world);
    switch (prng_below(&world->prng, 4)) {
    case 0:
        fate_isolate(world, any_process(world));
        break;
    case 1:
        fate_block(world, any_process(world), any_process(world));
        break;
    case 2:
        world->is_control_cut[any_process(world)] = true;
        break;
    default:
        split(world);
        break;
    }
    world->cut_count++;
    trace_put(&world->trace, world->now_us, "the network is cut");
    if (prng_chance(&world->prng, 3, 4))
        put_moment(world, NOTICED_US, on_noticed);
    put_moment(world, prng_below(&world->prng, CUT_US_MAX), on_healed);
}

/* ---- The control store ---- */

static void on_control_back(void *owner, struct moment *moment)
{
    struct world *world = owner;

    (void)moment;
    memset(world->is_control_cut, 0, sizeof(world->is_control_cut));
}

static void cut_control(struct world *world)
{
    bool is_for_all = prng_chance(&world->prng, 1, 2);

    trace_put(&world->trace, world->now_us, "the control store is gone");
    for (unsigned i = 0; i < world->process_count; i++)
        world->is_control_cut[i] =
            is_for_all || prng_chance(&world->prng, 1, 2);
    put_moment(world, prng_below(&world->prng, CUT_US_MAX), on_control_back);
}

/* ---- Machines ---- */

static void strike_disk(struct node_process *node)
{
    struct world *world = node->world;
    uint64_t call = 1 + prng_below(&world->prng, FAIL_CALLS);

    if (prng_chance(&world->prng, 1, 3)) {
        node->is_disk_failing = true;
        memory_store_fail(node->disk.map, call, DALV_IO);
        return;
    }
    memory_files_fail(node->disk.files, call, faults_any_of_disk(world));
}

static void strike_clock(struct process *process)
{
    struct world *world = process->world;
    uint64_t max_us = faults_skew_us_max(world);

    process->skew_us =
        (int64_t)prng_below(&world->prng, 2 * max_us) - (int64_t)max_us;
}

static void strike_node(struct world *world, struct node_process *node)
{
    if (faults_strike(world, FAULT_NODE_KILL))
        node_process_restart(node, false);
    if (faults_strike(world, FAULT_NODE_STOP))
        node_process_stop(node);
    if (faults_strike(world, FAULT_NODE_POWER))
        node_process_restart(node, true);
    if (faults_strike(world, FAULT_NODE_DISK) && node_process_is_up(node))
        strike_disk(node);
    if (faults_strike(world, FAULT_SLOW_DISK))
        node->server.process.slow_until_us =
            world->now_us + prng_below(&world->prng, SLOW_US_MAX);
}

/* The power of the whole house fails. */
static void end_all(struct world *world)
{
    for (size_t i = 0; i < world->node_count; i++)
        node_process_restart(&world->nodes[i], true);
}

static void strike_cluster(struct world *world)
{
    struct process *process = world->processes[any_process(world)];
    struct node_process *node =
        &world->nodes[prng_below(&world->prng, world->node_count)];

    if (faults_strike(world, FAULT_SPLIT))
        cut_network(world);
    if (faults_strike(world, FAULT_PAUSE))
        fate_pause(world, process->number,
                   (unsigned)prng_below(&world->prng, PAUSE_MS_MAX));
    if (faults_strike(world, FAULT_CONTROL_DOWN))
        cut_control(world);
    if (faults_strike(world, FAULT_SKEW))
        strike_clock(process);
    if (faults_strike(world, FAULT_WIPE) && faults_may_lose_copy(world))
        node_process_wipe(node);
    if (faults_strike(world, FAULT_OPERATOR))
        operator_ask_something(world);
    if (faults_strike(world, FAULT_ALL_POWER))
        end_all(world);
}

void fate_strike_servers(struct world *world)
{
    struct router_process *router =
        &world->routers[prng_below(&world->prng, WORLD_ROUTERS)];

    if (faults_strike(world, FAULT_NODE_CUT))
        router_process_cut(router);
    if (faults_strike(world, FAULT_ROUTER_RESTART))
        router_process_restart(router);
    if (faults_strike(world, FAULT_NODE_CLOCK))
        world->server_skew_us = faults_jump_us(world);
    strike_node(world,
                &world->nodes[prng_below(&world->prng, world->node_count)]);
    if (world->node_count > 1)
        strike_cluster(world);
}

/* ---- The end of it ---- */

static void mend_node(struct node_process *node)
{
    memory_files_fail(node->disk.files, 0, MEMORY_FAULT_IO);
    memory_store_fail(node->disk.map, 0, DALV_OK);
    if (node->is_disk_failing)
        node_process_restart(node, false);
    node->is_disk_failing = false;
}

void fate_mend_servers(struct world *world)
{
    world->server_skew_us = 0;
    fate_unblock_all(world);
    memset(world->is_control_cut, 0, sizeof(world->is_control_cut));
    for (size_t i = 0; i < world->process_count; i++) {
        world->processes[i]->slow_until_us = 0;
        world->processes[i]->skew_us = 0;
    }
    for (size_t i = 0; i < world->node_count; i++)
        mend_node(&world->nodes[i]);
}
