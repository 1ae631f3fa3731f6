/*
 * What devices make of an erasure that they did not see.
 */
#include "tests/sim/scenario.h"
#include "tests/sim/stage.h"

enum {
    START_MS = 3000,
};

static void restart(struct world *world, bool is_power_lost)
{
    device_process_restart(&world->devices[0], is_power_lost);
    stage_pass(world, START_MS);
    stage_expect(world, world->devices[0].is_up, "a start");
}

/* A device that knows of the user's first history, with work to push. */
static void begin(struct world *world)
{
    stage_begin(world, 2);
    (void)stage_put(world, 0, "ask/0", "old");
    (void)stage_add(world, 0);
    stage_sync(world, 0);
    (void)stage_put(world, 0, "ask/0", "older than the erasure");
    (void)stage_remove(world, 0);
}

/* Everything it had to push is a dead letter; it works on. */
static void end(struct world *world)
{
    stage_sync(world, 0);
    (void)stage_put(world, 0, "ask/0", "new");
    stage_end(world);
}

void scenario_device_away_during_an_erasure(struct world *world)
{
    begin(world);
    stage_erase(world);
    (void)stage_write(world, "ask/1", "new", 0);
    stage_await_answer(world);
    end(world);
}

/* It would ask as one that never saw anything. */
void scenario_replica_lost_before_an_erasure(struct world *world)
{
    struct device_process *device = &world->devices[0];

    begin(world);
    device_process_kill(device, false);
    disk_lose_map(&device->disk);
    stage_erase(world);
    (void)stage_write(world, "ask/1", "new", 0);
    stage_await_answer(world);
    stage_expect(world, device_process_start(device), "a start");
    end(world);
}

/*
 * It has its new id, and has numbered its work anew, when power fails: what the
 * replica knows to be settled was so under other numbers.
 */
void scenario_power_cut_behind_an_erasure(struct world *world)
{
    struct device_process *device = &world->devices[0];
    uint64_t id;

    begin(world);
    id = ledger_identity(store_ledger(device->store))->device;
    stage_erase(world);
    device_process_sync(device);
    for (unsigned i = 0;
         i < START_MS &&
         ledger_identity(store_ledger(device->store))->device == id;
         i++)
        stage_pass(world, 1);
    stage_expect(world, device->machine != NULL, "a sync under way");
    restart(world, true);
    end(world);
}
