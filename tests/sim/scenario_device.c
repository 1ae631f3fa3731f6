/*
 * What befalls single devices.
 */
#include "proto/frame.h"
#include "tests/sim/scenario.h"
#include "tests/sim/stage.h"

/* ---- Identities ---- */

/* Keeps a copy of the first SYNC of one device, and sends it once more behind
   the next WELCOMED. */
struct late_copy {
    const struct device_process *device;
    struct parcel *kept;
    unsigned sent_count;
};

static enum message_type type_of(const struct parcel *parcel)
{
    struct frame frame;

    if (parcel_frame_count(parcel) != 1 ||
        frame_decode(parcel_frame(parcel, 0), &frame) != DALV_OK)
        return MESSAGE_PING;
    return (enum message_type)frame.type;
}

static void on_sent(void *owner, struct wire *wire, enum wire_side to,
                    const struct parcel *parcel)
{
    struct late_copy *late = owner;

    if (wire != late->device->line.wire || late->sent_count > 0)
        return;
    if (to == WIRE_SERVER && type_of(parcel) == MESSAGE_SYNC &&
        late->kept == NULL) {
        late->kept = wire_copy(parcel);
    } else if (to == WIRE_CLIENT && type_of(parcel) == MESSAGE_WELCOMED &&
               late->kept != NULL) {
        late->sent_count++;
        (void)wire_send(wire, WIRE_SERVER, &late->kept);
    }
}

/*
 * A clone is refused, takes a new identity over the same connection, and then a
 * copy of its first request comes: by a connection that is another device's.
 */
void scenario_late_request_of_an_old_identity(struct world *world)
{
    struct late_copy late = {.device = &world->devices[1]};

    stage_begin(world, 1);
    stage_sync(world, 0); /* It has an id, and nothing pushed. */
    world->device_count = 2;
    device_process_clone(&world->devices[1], &world->devices[0]);
    (void)stage_put(world, 0, "mine/0", "theirs");
    stage_sync(world, 0);
    /* What names an element of its own says who it is. */
    (void)stage_add(world, 1);
    (void)stage_remove(world, 1);
    world->tap = (struct tap){.owner = &late, .on_sent = on_sent};
    stage_sync(world, 1);
    world->tap.on_sent = NULL;
    parcel_destroy(&late.kept);
    stage_expect(world, late.sent_count == 1, "a late copy");
    stage_end(world);
}

void scenario_store_put_back_in_time(struct world *world)
{
    struct device_process *device = &world->devices[0];

    stage_begin(world, 2);
    (void)stage_put(world, 0, "ask/0", "first");
    stage_sync(world, 0);
    device_process_roll_back(device); /* A copy of its files. */
    (void)stage_put(world, 0, "ask/0", "second");
    (void)stage_add(world, 0);
    stage_sync(world, 0);
    device_process_roll_back(device); /* They are put back. */
    stage_pass(world, 5000);
    stage_expect(world, device->is_up, "a start");
    (void)stage_put(world, 0, "ask/0", "another second");
    (void)stage_add(world, 0);
    stage_sync(world, 0);
    stage_end(world);
}

/* It goes on where it stood, and twice of nothing. */
void scenario_retired_device_goes_on(struct world *world)
{
    stage_begin(world, 2);
    (void)stage_put(world, 0, "ask/0", "before");
    stage_sync(world, 0);
    stage_retire(world, 1);
    (void)stage_put(world, 0, "ask/0", "behind");
    stage_sync(world, 0);
    stage_sync(world, 1);
    (void)stage_add(world, 0);
    stage_end(world);
}

/* ---- Disks ---- */

enum {
    CALLS_MAX = 60,
};

static void fail_call(struct device_process *device, uint64_t call,
                      enum memory_fault fault)
{
    device->is_disk_failing = true;
    if (call % 2 == 0)
        memory_store_fail(device->disk.map, call / 2, DALV_IO);
    else
        memory_files_fail(device->disk.files, call / 2 + 1, fault);
}

static void mend(struct device_process *device)
{
    memory_files_fail(device->disk.files, 0, MEMORY_FAULT_IO);
    memory_store_fail(device->disk.map, 0, DALV_OK);
    device->is_disk_failing = false;
}

/* Each in turn, of its log and of its map: work, conflict, and sync. */
void scenario_each_call_of_a_devices_disk_fails(struct world *world)
{
    static const enum memory_fault faults[] = {
        MEMORY_FAULT_IO, MEMORY_FAULT_NO_SPACE, MEMORY_FAULT_HALF_WRITE};
    struct device_process *device = &world->devices[0];

    stage_begin(world, 2);
    for (uint64_t call = 1; call < CALLS_MAX && !world->has_failed; call++) {
        (void)stage_put(world, 1, "ask/0", "theirs");
        stage_sync(world, 1);
        fail_call(device, call, faults[call % 3]);
        (void)stage_put(world, 0, "ask/0", "mine");
        if (device->is_up)
            (void)stage_add(world, 0);
        if (device->is_up)
            stage_sync(world, 0);
        if (device->is_up)
            mend(device);
        stage_pass(world, 3000);
        stage_expect(world, device->is_up, "a start");
        if (device->is_up)
            stage_sync(world, 0);
    }
    stage_end(world);
}
