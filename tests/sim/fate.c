#include "tests/sim/fate.h"

#include "tests/sim/fate_servers.h"
#include "tests/sim/world.h"

enum {
    STRIKE_US = 50000,
    USE_US = 10000, /* Between two doings with one device, ... */
    USE_MORE_US = 600000,
    AWAY_US_MAX = 20000000,
    FAIL_CALLS = 12,
};

/* ---- Devices ---- */

static void strike_device_disk(struct device_process *device)
{
    struct prng *prng = &device->world->prng;
    uint64_t call = 1 + prng_below(prng, FAIL_CALLS);

    device->is_disk_failing = true;
    if (prng_chance(prng, 1, 3))
        memory_store_fail(device->disk.map, call, DALV_IO);
    else
        memory_files_fail(device->disk.files, call,
                          faults_any_of_disk(device->world));
}

static void begin_use(struct device_process *device);

static void clone(struct world *world, const struct device_process *from)
{
    struct device_process *device = &world->devices[world->device_count];

    if (!from->is_up || world->device_count == WORLD_DEVICES_MAX)
        return;
    world->device_count++;
    device_process_clone(device, from);
    begin_use(device);
}

static void strike_device(struct world *world, struct device_process *device)
{
    if (faults_strike(world, FAULT_CUT) && device->line.wire != NULL)
        wire_cut(device->line.wire);
    if (faults_strike(world, FAULT_DEVICE_CLOCK))
        device->skew_us = faults_jump_us(world);
    if (faults_strike(world, FAULT_AWAY))
        device->away_until_us =
            world->now_us + prng_below(&world->prng, AWAY_US_MAX);
    if (faults_strike(world, FAULT_ROLLBACK))
        device_process_roll_back(device);
    if (faults_strike(world, FAULT_CLONE))
        clone(world, device);
    if (faults_strike(world, FAULT_DEVICE_KILL))
        device_process_restart(device, false);
    if (faults_strike(world, FAULT_DEVICE_POWER))
        device_process_restart(device, true);
    if (faults_strike(world, FAULT_DEVICE_DISK) && device->is_up)
        strike_device_disk(device);
}

static void strike_watcher(struct world *world, struct watcher_process *watcher)
{
    if (faults_strike(world, FAULT_CUT) && watcher->line.wire != NULL)
        wire_cut(watcher->line.wire);
    if (faults_strike(world, FAULT_WATCHER_RESTART))
        watcher_process_restart(watcher);
}

static void on_strike(void *owner, struct moment *moment)
{
    struct world *world = owner;
    struct backend_process *backend =
        &world->backends[prng_below(&world->prng, WORLD_BACKENDS)];

    (void)moment;
    if (world->is_calm)
        return;
    fate_strike_servers(world);
    strike_device(
        world, &world->devices[prng_below(&world->prng, world->device_count)]);
    if (faults_strike(world, FAULT_CUT) && backend->line.wire != NULL)
        wire_cut(backend->line.wire);
    strike_watcher(world,
                   &world->watchers[prng_below(&world->prng, WORLD_WATCHERS)]);
    schedule_put(&world->schedule,
                 (struct moment){.at_us = world->now_us + STRIKE_US,
                                 .run = on_strike,
                                 .owner = world});
}

/* ---- What people do with a device ---- */

static void use(struct device_process *device)
{
    struct world *world = device->world;
    bool is_away = world->now_us < device->away_until_us;

    if (!device->is_up)
        return;
    if (prng_chance(&world->prng, 3, 5))
        device_process_work(device);
    else if (!is_away)
        device_process_sync(device);
}

static void on_use(void *owner, struct moment *moment)
{
    struct device_process *device = owner;
    struct world *world = device->world;

    (void)moment;
    if (world->is_calm)
        return;
    use(device);
    schedule_put(&world->schedule,
                 (struct moment){.at_us = world->now_us + USE_US +
                                          prng_below(&world->prng, USE_MORE_US),
                                 .run = on_use,
                                 .owner = device});
}

static void begin_use(struct device_process *device)
{
    schedule_put(&device->world->schedule,
                 (struct moment){.at_us = device->world->now_us,
                                 .run = on_use,
                                 .owner = device});
}

void fate_begin(struct world *world)
{
    schedule_put(&world->schedule,
                 (struct moment){.run = on_strike, .owner = world});
    for (size_t i = 0; i < world->device_count; i++)
        begin_use(&world->devices[i]);
}

/* What failed without a word would fail in the calm: who may be hit starts
   again. */
static void mend_device(struct device_process *device)
{
    device->away_until_us = 0;
    memory_files_fail(device->disk.files, 0, MEMORY_FAULT_IO);
    memory_store_fail(device->disk.map, 0, DALV_OK);
    if (device->is_disk_failing)
        device_process_restart(device, false);
}

void fate_end(struct world *world)
{
    fate_mend_servers(world);
    for (size_t i = 0; i < world->device_count; i++)
        mend_device(&world->devices[i]);
}
