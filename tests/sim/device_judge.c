#include "tests/sim/device_internal.h"
#include "tests/sim/world.h"

#include <inttypes.h>

/* ---- What was committed ---- */

/* A commit whose end was not known is known now. */
static void settle_doubt(struct device_process *device,
                         struct device_work *work)
{
    const struct ledger_entry *entry =
        ledger_find(store_ledger(device->store), work->local_id);

    if (entry != NULL) {
        work->deed->end = DEED_OPEN;
        return;
    }
    work->deed->end = DEED_REFUSED;
    work->deed = NULL;
}

/* What the journal let go of is in the replica: nobody sees it vanish. */
static void judge_durable(struct device_process *device,
                          const struct device_work *work)
{
    struct cursor cursor = replica_state(store_replica(device->store))->cursor;
    const struct deed *deed = work->deed;
    struct store_receipt receipt;

    if (device->is_put_back || deed->copy_count > 1 ||
        deed->history_id != cursor.history_id ||
        device->world->faults.rates[FAULT_REPLICA_LOSS] > 0 ||
        store_receipt(device->store, work->local_id, &receipt) != DALV_OK)
        return;
    if (receipt.state == STORE_DURABLE && deed->revision > cursor.revision)
        world_fail(device->world,
                   "device %u let go of t%u before its replica had it",
                   device->number, deed->number);
}

void device_judge_start(struct device_process *device)
{
    size_t kept = 0;

    for (size_t i = 0; i < device->work_count; i++) {
        struct device_work *work = &device->work[i];
        struct store_receipt receipt;

        if (work->deed->end == DEED_DOUBTFUL)
            settle_doubt(device, work);
        if (work->deed == NULL)
            continue;
        if (store_receipt(device->store, work->local_id, &receipt) != DALV_OK)
            world_fail(device->world,
                       "device %u lost t%u, which it had committed",
                       device->number, work->deed->number);
        judge_durable(device, work);
        device->work[kept++] = *work;
    }
    device->work_count = kept;
}

/* ---- What the replica shows ---- */

static void judge_key(struct device_process *device, struct cursor cursor,
                      struct bytes key)
{
    struct key_value value;
    enum dalv_status status;

    key_value_init(&value);
    status = replica_get(store_replica(device->store), key, &value);
    if (status == DALV_OK)
        witness_claim(&device->world->witness, device->user, cursor,
                      &(struct chronicle_claim){
                          .key = key,
                          .state = &value.state,
                          .elements = value.elements,
                          .element_count = value.element_count,
                      });
    key_value_deinit(&value);
}

void device_judge_replica(struct device_process *device)
{
    const struct replica_state *state =
        replica_state(store_replica(device->store));
    struct world *world = device->world;
    struct cursor cursor = state->cursor;
    struct chronicle *chronicle;

    if (cursor.history_id == device->shown.history_id &&
        cursor.revision == device->shown.revision)
        return;
    device->shown = cursor;
    trace_put(&world->trace, world->now_us, "device %u shows %" PRIu64,
              device->number, cursor.revision);
    if (cursor.history_id == 0)
        return;
    chronicle = witness_moment(&world->witness, device->user, cursor);
    for (size_t i = 0; chronicle != NULL && i < chronicle->key_count; i++)
        judge_key(device, cursor, chronicle_key_bytes(&chronicle->keys[i]));
    if (chronicle != NULL && !device->is_disk_failing &&
        state->key_count != chronicle_key_count(chronicle, cursor.revision))
        world_fail(world, "device %u shows keys that are not there",
                   device->number);
    device_judge_sight(device);
}

/* ---- What the application sees ---- */

static int64_t see_number(struct device_process *device, const char *key,
                          bool *out_is_seen)
{
    struct key_value value;
    int64_t number;

    key_value_init(&value);
    *out_is_seen &=
        store_get(device->store, bytes_from_text(key), &value) == DALV_OK;
    number = value.state.number;
    key_value_deinit(&value);
    return number;
}

static void judge_pair(struct device_process *device)
{
    struct key_value a;
    struct key_value b;
    bool is_seen;

    key_value_init(&a);
    key_value_init(&b);
    is_seen =
        store_get(device->store, bytes_from_text("pair/a"), &a) == DALV_OK &&
        store_get(device->store, bytes_from_text("pair/b"), &b) == DALV_OK;
    if (is_seen && (a.state.kind != b.state.kind ||
                    !bytes_equal(a.state.value, b.state.value)))
        world_fail(device->world, "device %u sees half of a transaction",
                   device->number);
    key_value_deinit(&a);
    key_value_deinit(&b);
}

void device_judge_sight(struct device_process *device)
{
    bool is_seen = true;
    int64_t sum = see_number(device, "acct/0", &is_seen) +
                  see_number(device, "acct/1", &is_seen) +
                  see_number(device, "acct/2", &is_seen);

    if (is_seen && sum != 0)
        world_fail(device->world, "device %u sees half of a transfer",
                   device->number);
    judge_pair(device);
}

/* ---- The end ---- */

static const char *judge_durable_receipt(const struct store_receipt *receipt,
                                         const struct deed *deed)
{
    if (deed->effect_count == 0)
        return "is durable by its receipt, and not in the log";
    if (receipt->revision != 0 && deed->copy_count == 1 &&
        receipt->revision != deed->revision)
        return "has a receipt of another revision";
    return NULL;
}

/* What a receipt says, against what is in the log. */
static const char *judge_receipt(const struct device_process *device,
                                 const struct store_receipt *receipt,
                                 const struct deed *deed)
{
    if (receipt->state == STORE_LOCAL || receipt->state == STORE_PUSHED)
        return "is not settled";
    if (receipt->state == STORE_DURABLE)
        return judge_durable_receipt(receipt, deed);
    /* What was erased may have been done before. */
    if (receipt->reason != DALV_CONFLICT && deed->copy_count == 1 &&
        deed->effect_count > 0 &&
        !witness_is_erased(&device->world->witness, device->user,
                           deed->history_id))
        return "took effect, and is a dead letter";
    return NULL;
}

static const char *judge_outcome(struct device_process *device,
                                 const struct device_work *work)
{
    struct store_receipt receipt;

    if (store_receipt(device->store, work->local_id, &receipt) != DALV_OK)
        return "has no outcome";
    return judge_receipt(device, &receipt, work->deed);
}

void device_process_judge_end(struct device_process *device)
{
    for (size_t i = 0; i < device->work_count; i++) {
        const char *wrong = judge_outcome(device, &device->work[i]);

        if (wrong != NULL)
            world_fail(device->world, "device %u: t%u %s", device->number,
                       device->work[i].deed->number, wrong);
    }
}
