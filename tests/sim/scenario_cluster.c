/*
 * What befalls a cluster of three nodes between one step of a write, or of a
 * copy, and the next.
 */
#include "cluster/ring.h"
#include "storage/index_snapshot.h"
#include "tests/sim/fate_servers.h"
#include "tests/sim/scenario.h"
#include "tests/sim/stage.h"
#include "tests/sim/standing.h"

enum {
    STEP_US = 50,
    LONG_US = 3000000,
    START_MS = 6000,
    LEASE_MS = 3000, /* Until another one leads, at least. */
    USER = 0,        /* The first: the backend's and the devices'. */
};

static uint32_t partition_of_user(void)
{
    return ring_partition(bytes_from_text(world_user_name(USER)),
                          WORLD_PARTITIONS);
}

/* Who leads the user's partition, and one of those who follow. */
static struct node_process *master_of(struct world *world)
{
    uint32_t node = standing_master(world, partition_of_user());

    stage_expect(world, node != 0, "a master");
    return &world->nodes[node == 0 ? 0 : node - 1];
}

static struct node_process *slave_of(struct world *world)
{
    return &world->nodes[master_of(world)->self.node % world->node_count];
}

/* The master's disk has a record, and nobody was told so. */
void scenario_master_lost_behind_its_sync(struct world *world)
{
    uint32_t partition = partition_of_user();
    struct node_process *master;
    uint64_t end_us;
    uint64_t index;

    stage_begin(world, 2);
    master = master_of(world);
    index = held_logs_end(&world->agreement.logs, master->self.node, partition)
                .index;
    (void)stage_write(world, "ask/0", "written", 0);
    end_us = world->now_us + LONG_US;
    while (held_logs_end(&world->agreement.logs, master->self.node, partition)
                   .index == index &&
           world->now_us < end_us)
        world_pass(world, STEP_US);
    stage_expect(world, !stage_is_answered(world), "a moment before an answer");
    node_process_restart(master, true);
    stage_await_answer(world);
    stage_sync(world, 0);
    stage_end(world);
}

/* It wakes up with what came meanwhile, and another one leads. */
void scenario_master_sleeps_over_writes(struct world *world)
{
    struct node_process *master;

    stage_begin(world, 2);
    master = master_of(world);
    (void)stage_put(world, 0, "ask/0", "pushed");
    device_process_sync(&world->devices[0]);
    (void)stage_write(world, "ask/1", "written", 0);
    world_pass(world, STEP_US);
    fate_pause(world, master->server.process.number, 2 * LEASE_MS);
    stage_pass(world, LEASE_MS);
    stage_await_answer(world);
    stage_expect(world, master_of(world) != master, "another master");
    (void)stage_write(world, "ask/1", "behind", 0);
    stage_await_answer(world);
    stage_pass(world, 2 * LEASE_MS);
    stage_sync(world, 0);
    stage_sync(world, 1);
    stage_end(world);
}

/* Of two routers one reaches no node: who came by it goes to the other. */
void scenario_router_is_cut_off(struct world *world)
{
    stage_begin(world, 2);
    fate_isolate(world, world->routers[0].server.process.number);
    for (unsigned i = 0; i < 4; i++) {
        (void)stage_put(world, i % 2, "mine/0", "pushed");
        stage_sync(world, i % 2);
        (void)stage_write(world, "mine/1", "written", 0);
        stage_pass(world, START_MS);
    }
    stage_await_answer(world);
    fate_unblock_all(world);
    stage_end(world);
}

/* What a device pushed by one router it pushes again by the other. */
void scenario_device_goes_to_the_other_router(struct world *world)
{
    stage_begin(world, 2);
    for (unsigned i = 0; i < 6; i++) {
        (void)stage_add(world, 0);
        device_process_sync(&world->devices[0]);
        world_pass(world, (uint64_t)i * LONG_US / 2000);
        router_process_restart(&world->routers[i % 2]);
        stage_sync(world, 0);
        stage_pass(world, LEASE_MS);
    }
    stage_sync(world, 1);
    stage_end(world);
}

enum {
    WRITES_MANY = 150, /* Enough for old segments to go. */
};

static bool is_receiving(const struct node_process *node, uint32_t partition)
{
    struct index *index = node_process_index(node);

    return index != NULL && index_snapshot_state(index, partition).is_receiving;
}

/* Its disk is new, the log does not reach back, and its power fails while the
   pages come, again and again. */
void scenario_snapshot_is_interrupted(struct world *world)
{
    struct node_process *slave;

    stage_begin(world, 2);
    for (unsigned i = 0; i < WRITES_MANY && !world->has_failed; i++) {
        (void)stage_write(world, "mine/0", "written", 0);
        stage_await_answer(world);
    }
    slave = slave_of(world);
    node_process_wipe(slave);
    for (unsigned i = 0; i < 3; i++) {
        uint64_t end_us = world->now_us + 4 * LONG_US;

        while (!is_receiving(slave, partition_of_user()) &&
               world->now_us < end_us)
            world_pass(world, STEP_US);
        if (i == 0)
            stage_expect(world, is_receiving(slave, partition_of_user()),
                         "a snapshot");
        node_process_restart(slave, true);
        stage_pass(world, START_MS);
    }
    stage_end(world);
}

/* Nodes promise another epoch while their master does not hear of it. */
void scenario_master_hears_of_its_end_late(struct world *world)
{
    struct node_process *master;

    stage_begin(world, 2);
    master = master_of(world);
    for (unsigned i = 0; i < WORLD_ROUTERS; i++)
        fate_block(world, world->routers[i].server.process.number,
                   master->server.process.number);
    (void)stage_write(world, "ask/0", "written", 0);
    stage_pass(world, LEASE_MS);
    stage_await_answer(world);
    stage_expect(world, master_of(world) != master, "another master");
    (void)stage_put(world, 0, "ask/1", "pushed");
    stage_sync(world, 0);
    fate_unblock_all(world);
    stage_pass(world, LEASE_MS);
    stage_sync(world, 1);
    stage_end(world);
}
