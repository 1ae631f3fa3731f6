/*
 * What befalls the node while others count on it.
 */
#include "tests/sim/scenario.h"
#include "tests/sim/stage.h"

enum {
    START_MS = 6000,
    STEP_US = 50,
    LONG_US = 3000000,
};

/* Let time pass until the deed is in the log. */
static void await_log(struct world *world, const struct deed *deed)
{
    uint64_t end_us = world->now_us + LONG_US;

    while (deed->effect_count == 0 && world->now_us < end_us &&
           !world->has_failed)
        world_pass(world, STEP_US);
    stage_expect(world, deed->effect_count == 1, "a record in the log");
}

/* Durable and not answered: who asks again gets the answer, and no second
   effect. */
void scenario_node_lost_before_its_answer(struct world *world)
{
    const struct deed *pushed;
    const struct deed *written;

    stage_begin(world, 2);
    pushed = stage_put(world, 0, "ask/0", "pushed");
    device_process_sync(&world->devices[0]);
    await_log(world, pushed);
    node_process_restart(&world->nodes[0], true);
    stage_pass(world, START_MS);
    stage_sync(world, 0);
    written = stage_write(world, "ask/1", "written", 0);
    await_log(world, written);
    stage_expect(world, !stage_is_answered(world), "a moment before an answer");
    node_process_restart(&world->nodes[0], false);
    stage_pass(world, START_MS);
    stage_await_answer(world);
    stage_end(world);
}

/* The routers live on: nobody would tell who watches any more. */
void scenario_node_lost_while_watched(struct world *world)
{
    stage_begin(world, 2);
    for (size_t i = 0; i < WORLD_WATCHERS; i++)
        watcher_process_start(&world->watchers[i]);
    (void)stage_write(world, "ask/0", "before", 0);
    stage_await_answer(world);
    stage_pass(world, START_MS);
    stage_expect(world, world->watchers[0].is_following, "a watch");
    node_process_restart(&world->nodes[0], false);
    stage_pass(world, START_MS);
    (void)stage_write(world, "ask/0", "behind", 0);
    stage_await_answer(world);
    stage_end(world);
}

/* What was taken in is answered, and the index is whole at the next start. */
void scenario_node_stopped_under_load(struct world *world)
{
    stage_begin(world, 3);
    for (unsigned round = 0; round < 10 && !world->has_failed; round++) {
        for (unsigned i = 0; i < 3; i++) {
            (void)stage_add(world, i);
            device_process_sync(&world->devices[i]);
        }
        (void)stage_write(world, "mine/0", "written", 0);
        world_pass(world, round * 700);
        node_process_stop(&world->nodes[0]);
        stage_pass(world, START_MS);
        stage_expect(world, node_process_is_up(&world->nodes[0]), "a start");
        stage_await_answer(world);
    }
    stage_end(world);
}

enum {
    CALLS_MAX = 40,
};

/* Each in turn, of its log and of its index. */
void scenario_each_call_of_the_nodes_disk_fails(struct world *world)
{
    struct disk *disk = &world->nodes[0].disk;

    stage_begin(world, 2);
    for (uint64_t call = 1; call < CALLS_MAX && !world->has_failed; call++) {
        world->nodes[0].is_disk_failing = call % 2 == 0;
        if (world->nodes[0].is_disk_failing)
            memory_store_fail(disk->map, call / 2, DALV_IO);
        else
            memory_files_fail(disk->files, call / 2 + 1,
                              call % 3 == 0 ? MEMORY_FAULT_HALF_WRITE
                                            : MEMORY_FAULT_IO);
        (void)stage_write(world, "mine/0", "written", 0);
        (void)stage_add(world, 0);
        stage_sync(world, 0);
        stage_pass(world, START_MS);
        memory_files_fail(disk->files, 0, MEMORY_FAULT_IO);
        memory_store_fail(disk->map, 0, DALV_OK);
        stage_await_answer(world);
    }
    world->nodes[0].is_disk_failing = false;
    stage_end(world);
}

/* A value goes when the servers' clock says so, and at no jump of it before;
   nothing comes back when the clock does. */
void scenario_clock_jumps_around_an_expiry(struct world *world)
{
    enum {
        TTL_MS = 20000,
    };

    stage_begin(world, 2);
    world->devices[1].skew_us = (int64_t)WORLD_BASE_US; /* Far ahead. */
    (void)stage_write(world, "ttl/0", "due", TTL_MS);
    stage_await_answer(world);
    stage_sync(world, 1);
    world->server_skew_us = -(int64_t)LONG_US;
    stage_pass(world, TTL_MS / 2);
    stage_sync(world, 0);
    world->server_skew_us = 0;
    stage_pass(world, TTL_MS);
    stage_sync(world, 1);
    world->server_skew_us = -(int64_t)LONG_US;
    (void)stage_write(world, "ttl/0", "again", TTL_MS);
    stage_await_answer(world);
    stage_pass(world, TTL_MS / 2);
    stage_end(world);
}
