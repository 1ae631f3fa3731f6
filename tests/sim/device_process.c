#include "tests/sim/device_process.h"

#include "base/assert.h"
#include "tests/sim/device_internal.h"
#include "tests/sim/script.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DOWN_US = 20000,
    DOWN_MORE_US = 2000000,
    RETRY_US = 100000,
    RETRY_MORE_US = 1500000,
};

static void put_moment(struct device_process *device, uint64_t delay_us,
                       moment_runner *run)
{
    schedule_put(&device->world->schedule,
                 (struct moment){.at_us = device->world->now_us + delay_us,
                                 .run = run,
                                 .owner = device,
                                 .number = device->life});
}

uint64_t device_wall_us(const struct device_process *device)
{
    uint64_t wall_us = WORLD_BASE_US + device->world->now_us;

    if (device->skew_us < 0 && (uint64_t)-device->skew_us > wall_us)
        return 0;
    return (uint64_t)((int64_t)wall_us + device->skew_us);
}

/* ---- Failures of its disk ---- */

static void on_start(void *owner, struct moment *moment)
{
    struct device_process *device = owner;

    if (!device->is_up && moment->number == device->life)
        (void)device_process_start(device);
}

void device_process_restart(struct device_process *device, bool is_power_lost)
{
    if (!device->is_up)
        return;
    device_process_kill(device, is_power_lost);
    put_moment(device, DOWN_US + prng_below(&device->world->prng, DOWN_MORE_US),
               on_start);
}

void device_fail(struct device_process *device, enum dalv_status status,
                 const char *what)
{
    struct world *world = device->world;

    trace_put(&world->trace, world->now_us, "device %u fails %s: %s",
              device->number, what, status_text(status));
    if (!device->is_disk_failing)
        world_fail(world, "device %u: %s failed by itself: %s", device->number,
                   what, status_text(status));
    device_process_restart(device, prng_chance(&world->prng, 1, 2));
}

/* ---- Syncing ---- */

static void proceed(struct device_process *device);

static void on_retry(void *owner, struct moment *moment)
{
    struct device_process *device = owner;

    if (device->is_up && moment->number == device->life)
        device_process_sync(device);
}

static void retry_later(struct device_process *device)
{
    if (device->world->is_directed && !device->world->is_calm)
        return;
    put_moment(device,
               RETRY_US + prng_below(&device->world->prng, RETRY_MORE_US),
               on_retry);
}

static void hang_up(struct device_process *device)
{
    line_close(&device->line);
    device->is_greeted = false;
}

static struct message make_hello(struct device_process *device)
{
    return (struct message){
        .type = MESSAGE_HELLO,
        .hello = {.protocol = 1,
                  .token = world_token(device->world, device->user, true),
                  .is_device = true,
                  .install =
                      ledger_identity(store_ledger(device->store))->install,
                  .client = bytes_from_text("sim")},
    };
}

static void greet(struct device_process *device, bool is_its)
{
    struct message hello = make_hello(device);

    device->is_greeting_its = is_its;
    device->is_greeted = false;
    if (device->line.state == LINE_READY &&
        (device->world->is_directed ||
         prng_chance(&device->world->prng, 1, 2))) {
        line_ask(&device->line, &hello);
        return;
    }
    hang_up(device);
    line_open(&device->line, &hello);
}

static void end_sync(struct device_process *device)
{
    sync_machine_destroy(&device->machine);
    device->sync_count++;
    device->is_synced = true;
    trace_put(&device->world->trace, device->world->now_us,
              "device %u has synced", device->number);
    if (prng_chance(&device->world->prng, 1, 2))
        hang_up(device);
}

static void proceed(struct device_process *device)
{
    struct message message;
    enum sync_step step;
    enum dalv_status status = sync_machine_next(
        device->machine, device_wall_us(device), &step, &message);

    if (status != DALV_OK) {
        device_fail(device, status, "sync");
        return;
    }
    if (step == SYNC_STEP_DONE)
        end_sync(device);
    else if (step == SYNC_STEP_HELLO)
        greet(device, true);
    else if (!device->is_greeted)
        greet(device, false);
    else
        line_ask(&device->line, &message);
}

void device_process_sync(struct device_process *device)
{
    struct prng *prng = &device->world->prng;
    static const uint32_t budgets[] = {0, 100, 1000, 4000};
    const struct sync_options options = {
        .budget_bytes = budgets[prng_below(prng, 4)],
        .resolver = device_resolve,
        .resolver_owner = device,
        .is_live = prng_chance(prng, 1, 2),
    };
    enum dalv_status status;

    if (!device->is_up || device->machine != NULL)
        return;
    device->is_synced = false;
    status = sync_machine_create(device->store, &options, &device->machine);
    if (status == DALV_OK)
        proceed(device);
    else
        device_fail(device, status, "sync");
}

/* A sync that stopped goes on later, from what is on disk. */
static void stop_sync(struct device_process *device)
{
    if (device->machine == NULL)
        return;
    sync_machine_destroy(&device->machine);
    retry_later(device);
}

static bool is_about_disk(enum dalv_status status)
{
    return status == DALV_IO || status == DALV_NO_SPACE ||
           status == DALV_DAMAGED;
}

static void take(struct device_process *device, const struct message *answer)
{
    struct world *world = device->world;
    enum dalv_status status;

    if (answer->type == MESSAGE_SYNCED)
        trace_put(&world->trace, world->now_us,
                  "device %u is told mode=%d erased=%d settled=%" PRIu64,
                  device->number, (int)answer->synced.mode,
                  answer->synced.is_erased, answer->synced.settled);
    status = sync_machine_take(device->machine, device_wall_us(device), answer);
    trace_put(&world->trace, world->now_us, "device %u takes %s: %s",
              device->number, message_type_name(answer->type),
              status_text(status));
    if (status == DALV_OK) {
        device_judge_replica(device);
        proceed(device);
    } else if (status == DALV_BUSY ||
               (answer->type == MESSAGE_REFUSED && !is_about_disk(status))) {
        hang_up(device);
        stop_sync(device);
    } else if (status == DALV_PROTOCOL) {
        world_fail(world, "device %u was told what makes no sense: %s",
                   device->number, message_type_name(answer->type));
    } else {
        device_fail(device, status, "sync");
    }
}

static void on_answer(void *owner, const struct message *answer)
{
    struct device_process *device = owner;
    bool is_greeting = !device->is_greeted;

    device->is_greeted |= answer->type == MESSAGE_WELCOMED;
    if (device->machine == NULL)
        return;
    if (!is_greeting || device->is_greeting_its) {
        take(device, answer);
    } else if (answer->type == MESSAGE_WELCOMED) {
        proceed(device);
    } else {
        trace_put(&device->world->trace, device->world->now_us,
                  "device %u is turned down: %s", device->number,
                  status_text(answer->refused.status));
        hang_up(device);
        stop_sync(device);
    }
}

static void on_push(void *owner, const struct message *message)
{
    struct device_process *device = owner;

    if (message->type == MESSAGE_CHANGED)
        device_process_sync(device);
}

static void on_lost(void *owner)
{
    struct device_process *device = owner;

    device->is_greeted = false;
    if (device->machine == NULL)
        return;
    /* The machine may be asked again, or be thrown away. */
    if (prng_chance(&device->world->prng, 1, 2))
        proceed(device);
    else
        stop_sync(device);
}

/* ---- Life ---- */

void device_process_init(struct device_process *device, struct world *world,
                         unsigned number, unsigned user)
{
    const struct line_handlers handlers = {.owner = device,
                                           .on_answer = on_answer,
                                           .on_push = on_push,
                                           .on_lost = on_lost};

    *device =
        (struct device_process){.world = world, .number = number, .user = user};
    disk_init(&device->disk, &world->prng, true);
    disk_init(&device->backup, &world->prng, true);
    line_init(&device->line, world, &handlers);
}

static void fill_random(void *owner, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)prng_next(owner);
}

static enum dalv_status open_store(struct device_process *device)
{
    const struct store_options options = {
        .files = memory_files_seam(device->disk.files),
        .folder = "device",
        .user = bytes_from_text(world_user_name(device->user)),
        .random = fill_random,
        .random_owner = &device->world->prng,
        .kv = device->kv,
    };
    struct store_report report = {.is_replica_rebuilt = false};
    enum dalv_status status = store_open(&options, &report, &device->store);

    if (report.journal.damaged_bytes > 0)
        world_fail(device->world, "device %u: its journal is damaged",
                   device->number);
    return status;
}

bool device_process_start(struct device_process *device)
{
    struct world *world = device->world;
    enum dalv_status status;

    device->life++;
    if (faults_strike(world, FAULT_REPLICA_LOSS))
        memory_store_clear(device->disk.map);
    device->kv = memory_kv_open(device->disk.map);
    status = open_store(device);
    trace_put(&world->trace, world->now_us, "device %u starts: %s",
              device->number, status_text(status));
    if (status != DALV_OK) {
        if (!device->is_disk_failing)
            world_fail(world, "device %u does not start: %s", device->number,
                       status_text(status));
        disk_stop(&device->disk, false);
        store_close(&device->store);
        kv_close(&device->kv);
        disk_end(&device->disk, false);
        device->is_disk_failing = false;
        put_moment(device, DOWN_US, on_start);
        return false;
    }
    device->is_up = true;
    device->is_disk_failing = false;
    memory_files_fail(device->disk.files, 0, MEMORY_FAULT_IO);
    memory_store_fail(device->disk.map, 0, DALV_OK);
    device->shown = (struct cursor){0};
    device_judge_start(device);
    if (device->is_put_back)
        device_count_copies(device);
    device->is_put_back = false;
    device_judge_replica(device);
    retry_later(device);
    return true;
}

void device_process_kill(struct device_process *device, bool is_power_lost)
{
    if (!device->is_up)
        return;
    device->is_up = false;
    device->life++;
    trace_put(&device->world->trace, device->world->now_us,
              "device %u ends power=%d", device->number, !is_power_lost);
    hang_up(device);
    disk_stop(&device->disk, is_power_lost);
    sync_machine_destroy(&device->machine);
    store_close(&device->store);
    kv_close(&device->kv);
    disk_end(&device->disk, is_power_lost);
    device->is_disk_failing = false;
}

void device_process_deinit(struct device_process *device)
{
    device_process_kill(device, false);
    line_deinit(&device->line);
    disk_deinit(&device->disk);
    disk_deinit(&device->backup);
    free(device->work);
}

void device_process_clone(struct device_process *device,
                          const struct device_process *from)
{
    device->user = from->user;
    disk_copy(&device->disk, &from->disk);
    device_copy_work(device, from);
    device->is_put_back = true;
    trace_put(&device->world->trace, device->world->now_us,
              "device %u is a clone of %u", device->number, from->number);
    (void)device_process_start(device);
}

void device_process_roll_back(struct device_process *device)
{
    if (!device->is_up)
        return;
    trace_put(&device->world->trace, device->world->now_us, "device %u %s",
              device->number, device->has_backup ? "is put back" : "is copied");
    if (!device->has_backup) {
        disk_copy(&device->backup, &device->disk);
        device->backup_work_count = device->work_count;
    } else {
        device_process_restart(device, false);
        disk_copy(&device->disk, &device->backup);
        device_forget_work(device, device->backup_work_count);
        device->is_put_back = true;
    }
    device->has_backup = !device->has_backup;
}
