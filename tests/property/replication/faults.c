#include "base/assert.h"
#include "tests/property/replication/world.h"

#include <string.h>

/* Half of all runs do without a kind of fault. */
static uint32_t maybe(struct world *world, uint32_t most)
{
    return world_chance(world, 500) ? 0
                                    : (uint32_t)world_below(world, most) + 1;
}

void faults_draw(struct world *world)
{
    struct swarm *swarm = &world->swarm;
    bool is_large = world_chance(world, 250);

    *swarm = (struct swarm){
        .node_count = is_large ? 7 : 3 + (uint32_t)world_below(world, 3),
        .copy_count = is_large ? 5 : 3,
        .lease_us = world_chance(world, 300) ? 20000 : 300000,
        .loss = maybe(world, 30),
        .repeat = maybe(world, 50),
        .reorder = maybe(world, 20),
        .delay_us = 200 + (uint32_t)world_below(world, 3000),
        .sync_us = 100 + (uint32_t)world_below(world, 10000),
        .slow_sync = maybe(world, 20),
        .crash = maybe(world, 300),
        .pause = maybe(world, 300),
        .wipe = maybe(world, 60),
        .rot = maybe(world, 100),
        .cut = maybe(world, 300),
        .slow = maybe(world, 300),
        .store_unknown = maybe(world, 100),
        .release = maybe(world, 200),
        .change = maybe(world, 30),
        .switchover = maybe(world, 20),
        .proposals = 20 + (uint32_t)world_below(world, 200),
        .credit_bytes = world_chance(world, 300) ? 64 : 65536,
        .long_round = maybe(world, 500),
        .is_skewed = world_chance(world, 500),
    };
    if (swarm->copy_count == 3 && world_chance(world, 50))
        swarm->copy_count = 1;
}

/* Copies that a fault has taken, or put into doubt, and nobody repaired yet. */
static bool has_damage(const struct world *world)
{
    for (uint32_t i = 1; i <= world->swarm.node_count; i++) {
        if (world->nodes[i].is_uncertain)
            return true;
    }
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++) {
        const struct joint_set *joint = &world->records[p].joint;

        for (size_t i = 0; i < joint->members.count; i++) {
            const struct member *member = &joint->members.items[i];

            if (!store_id_equal(&member->store,
                                &world->nodes[member->node].store) ||
                world->nodes[member->node].disk.checkpoints[p].is_not_whole)
                return true;
        }
        if (!joint_set_is_settled(joint))
            return true;
    }
    return false;
}

static void start_later(struct world *world, struct node *node)
{
    world_put(world, 20000 + world_below(world, 2000000),
              &(struct happening){.type = NODE_STARTS, .to = node->id});
}

/* What was being written at the end may be found torn, and puts into doubt. */
static void crash(struct world *world, struct node *node)
{
    size_t written = node->disk.count;

    if (node->boot_id == 0)
        return;
    node_stop(world, node);
    if (node->disk.count < written && !has_damage(world) &&
        world_chance(world, 500))
        node->is_uncertain = true;
    start_later(world, node);
}

static void wipe(struct world *world, struct node *node)
{
    if (has_damage(world) || world->swarm.copy_count < 3)
        return;
    node_stop(world, node);
    world_trace(world, "node %u loses its disk", node->id);
    disk_wipe(&node->disk);
    node->store.bytes[1]++;
    node->is_uncertain = false;
    start_later(world, node);
}

static void rot(struct world *world, struct node *node)
{
    if (has_damage(world) || world->swarm.copy_count < 3)
        return;
    node_stop(world, node);
    if (disk_rot(&node->disk)) {
        world_trace(world, "node %u finds its last batch torn", node->id);
        node->is_uncertain = true;
    }
    start_later(world, node);
}

static void cut(struct world *world)
{
    uint32_t from = (uint32_t)world_below(world, WORLD_ENDS - 1) + 1;
    uint32_t to = (uint32_t)world_below(world, WORLD_ENDS - 1) + 1;
    uint64_t until_us = world->now_us + world_below(world, 3000000);
    bool is_alone = world_chance(world, 300);

    for (uint32_t i = 1; i < WORLD_ENDS; i++) {
        if (i != to && !is_alone)
            continue;
        world->cut_until_us[from][i] = until_us;
        if (world_chance(world, 500))
            world->cut_until_us[i][from] = until_us;
    }
}

/* Every link to one end, or from it, slows down, or is as before. */
static void slow(struct world *world)
{
    uint32_t end = (uint32_t)world_below(world, WORLD_NODES_MAX) + 1;
    uint64_t slow_us =
        world_chance(world, 600) ? 0 : world_below(world, 1500000);
    bool is_to = world_chance(world, 500);

    for (uint32_t i = 1; i <= WORLD_NODES_MAX; i++) {
        if (is_to)
            world->slow_us[i][end] = slow_us;
        else
            world->slow_us[end][i] = slow_us;
    }
}

static void strike(struct world *world)
{
    struct node *node =
        &world->nodes[world_below(world, world->swarm.node_count) + 1];
    const struct swarm *swarm = &world->swarm;

    if (world_chance(world, swarm->crash))
        crash(world, node);
    if (world_chance(world, swarm->pause))
        node->paused_until_us = world->now_us + world_below(world, 2500000);
    if (world_chance(world, swarm->wipe))
        wipe(world, node);
    if (world_chance(world, swarm->rot))
        rot(world, node);
    if (world_chance(world, swarm->cut))
        cut(world);
    if (world_chance(world, swarm->slow))
        slow(world);
    if (world_chance(world, swarm->pause / 2))
        world->controllers[world_below(world, WORLD_CONTROLLERS)]
            .paused_until_us = world->now_us + world_below(world, 2000000);
    if (world_chance(world, swarm->release))
        node_release(world, node,
                     (uint32_t)world_below(world, DISK_PARTITIONS));
}

void faults_strike(struct world *world)
{
    if (!world->is_faulty)
        return;
    strike(world);
    world_put(world, 10000 + world_below(world, 100000),
              &(struct happening){.type = FAULTS_STRIKE});
}

void clients_work(struct world *world)
{
    uint32_t partition = (uint32_t)world_below(world, DISK_PARTITIONS);
    uint64_t pause_us = 1000000 / world->swarm.proposals / DISK_PARTITIONS;

    for (uint32_t i = 1; i <= world->swarm.node_count; i++) {
        node_propose(world, &world->nodes[i], partition,
                     1 + world_below(world, 3));
        (void)node_read(world, &world->nodes[i], partition);
    }
    world_put(world, pause_us / 2 + world_below(world, pause_us),
              &(struct happening){.type = CLIENTS_WORK});
}
