#include "tests/sim/device_internal.h"

#include "base/assert.h"
#include "tests/sim/script.h"
#include "tests/sim/world.h"

#include <stdlib.h>
#include <string.h>

static void remember(struct device_process *device, uint64_t local_id,
                     struct deed *deed)
{
    if (device->work_count == device->work_capacity) {
        device->work_capacity = 2 * device->work_capacity + 64;
        device->work = realloc(device->work,
                               device->work_capacity * sizeof(device->work[0]));
        ASSERT(device->work != NULL);
    }
    device->work[device->work_count++] =
        (struct device_work){.local_id = local_id, .deed = deed};
}

void device_copy_work(struct device_process *device,
                      const struct device_process *from)
{
    for (size_t i = 0; i < from->work_count; i++)
        remember(device, from->work[i].local_id, from->work[i].deed);
}

void device_forget_work(struct device_process *device, size_t count)
{
    /* What was in doubt and then was not there left the list meanwhile. */
    if (device->work_count > count)
        device->work_count = count;
}

bool device_process_sees_element(struct device_process *device,
                                 struct dot *out_dot)
{
    struct key_value value;
    bool is_found = false;

    key_value_init(&value);
    if (store_get(device->store, bytes_from_text(SCRIPT_SET), &value) ==
            DALV_OK &&
        value.element_count > 0) {
        *out_dot =
            value
                .elements[prng_below(&device->world->prng, value.element_count)]
                .dot;
        is_found = true;
    }
    key_value_deinit(&value);
    return is_found;
}

/* What the operation will be made on, as far as the cluster told. */
static void look(struct device_process *device,
                 struct deed_operation *operation)
{
    struct key_value value;

    key_value_init(&value);
    if (replica_get(store_replica(device->store),
                    bytes_from_text(operation->key), &value) == DALV_OK)
        operation->may_be_on_nothing |= value.state.kind == KEY_NONE;
    key_value_deinit(&value);
}

static struct deed *make_deed(struct device_process *device)
{
    struct deed *deed = deeds_add(&device->world->deeds);

    deed->user = device->user;
    deed->is_device = true;
    deed->origin = device->number;
    return deed;
}

/* What its author knows when he does it. */
static void note_sight(struct device_process *device, struct deed *deed)
{
    for (size_t i = 0; i < deed->operation_count; i++) {
        deed->operations[i].seen =
            replica_state(store_replica(device->store))->cursor;
        look(device, &deed->operations[i]);
    }
}

static bool commit(struct device_process *device, struct deed *deed)
{
    struct operation operations[DEED_OPERATIONS_MAX];
    struct store_transaction transaction = {.operations = operations};
    struct ledger *ledger = store_ledger(device->store);
    uint64_t local_id = ledger_position(ledger)->local_id_next;
    enum dalv_status status;

    note_sight(device, deed);
    deed_operations(deed, operations);
    transaction.operation_count = deed->operation_count;
    status = store_commit(device->store, &transaction, 1,
                          device_wall_us(device), &local_id);
    trace_put(&device->world->trace, device->world->now_us,
              "device %u does t%u: %s", device->number, deed->number,
              status_text(status));
    if (status == DALV_OK)
        remember(device, local_id, deed);
    else if (ledger_is_poisoned(ledger)) {
        deed->end = DEED_DOUBTFUL;
        remember(device, local_id, deed);
    } else
        deed->end = DEED_REFUSED;
    if (status == DALV_IO || status == DALV_NO_SPACE)
        device_fail(device, status, "commit");
    else
        device_judge_sight(device);
    return status == DALV_OK;
}

void device_process_work(struct device_process *device)
{
    struct deed *deed = make_deed(device);
    struct dot dot;
    bool has_dot = device_process_sees_element(device, &dot);

    script_fill(&device->world->prng, deed, has_dot ? &dot : NULL);
    (void)commit(device, deed);
}

struct deed *device_process_commit(struct device_process *device,
                                   const struct deed_operation *operations,
                                   size_t count)
{
    struct deed *deed = make_deed(device);

    ASSERT(deed->operation_count + count <= DEED_OPERATIONS_MAX);
    for (size_t i = 0; i < count; i++)
        deed->operations[deed->operation_count++] = operations[i];
    return commit(device, deed) ? deed : NULL;
}

/* ---- Conflicts ---- */

static struct deed *deed_of(struct device_process *device, uint64_t local_id)
{
    const struct ledger_entry *entry =
        ledger_find(store_ledger(device->store), local_id);

    for (size_t i = 0; i < entry->transaction.operation_count; i++) {
        const struct operation *operation = &entry->transaction.operations[i];

        if (deed_is_log(operation->key))
            return deeds_find(&device->world->deeds, operation->value);
    }
    return NULL;
}

/* By its tag: what a resolver left of a deed has another local id. */
void device_count_copies(struct device_process *device)
{
    const struct ledger_entry *entry =
        ledger_pending(store_ledger(device->store))->first;

    for (; entry != NULL; entry = entry->next) {
        struct deed *deed = deed_of(device, entry->draft.local_id);

        if (deed != NULL)
            deed->copy_count++;
    }
}

/* The same decision for each key of one transaction. */
static enum sync_resolution decide(const struct device_process *device,
                                   const struct deed *deed)
{
    unsigned choice = deed->number * 2654435761U >> 16;

    if (!device->world->is_calm &&
        ((device->world->now_us >> 22) + choice) % 3 == 0)
        return SYNC_RESOLVE_LATER;
    return SYNC_RESOLVE_MINE + choice % 3;
}

static bool is_register(const struct deed_operation *operation)
{
    return (operation->type == OPERATION_PUT ||
            operation->type == OPERATION_ADD) &&
           operation->ttl_ms == 0;
}

static void answer(struct deed *deed, struct deed_operation *mine,
                   struct sync_answer *out_answer)
{
    static struct operation both;

    script_answer(deed, mine);
    both = (struct operation){.type = OPERATION_PUT,
                              .key = bytes_from_text(mine->key),
                              .value = bytes_from_text(mine->answer)};
    out_answer->operations = &both;
    out_answer->operation_count = 1;
}

/* Who was asked about a key knows of it, whatever he does with it next. */
static void see(struct device_process *device, const char *key)
{
    struct cursor cursor = replica_state(store_replica(device->store))->cursor;

    for (size_t i = 0; i < device->work_count; i++) {
        struct deed *deed = device->work[i].deed;

        for (size_t j = 0; j < deed->operation_count; j++) {
            if (strcmp(deed->operations[j].key, key) == 0)
                deed->operations[j].seen = cursor;
        }
    }
}

void device_resolve(void *owner, const struct sync_conflict *conflict,
                    struct sync_answer *out_answer)
{
    struct device_process *device = owner;
    struct deed *deed = deed_of(device, conflict->local_id);
    struct deed_operation *mine = NULL;

    if (deed == NULL) {
        world_fail(device->world, "device %u: a conflict about nobody's deed",
                   device->number);
        return;
    }
    for (size_t i = 0; i < deed->operation_count; i++) {
        if (bytes_equal(bytes_from_text(deed->operations[i].key),
                        conflict->key))
            mine = &deed->operations[i];
    }
    ASSERT(mine != NULL);
    out_answer->resolution = decide(device, deed);
    if (out_answer->resolution == SYNC_RESOLVE_ANSWER && !is_register(mine))
        out_answer->resolution = SYNC_RESOLVE_MINE;
    trace_put(&device->world->trace, device->world->now_us,
              "device %u resolves t%u key=%s: %d", device->number, deed->number,
              mine->key, (int)out_answer->resolution);
    if (out_answer->resolution != SYNC_RESOLVE_LATER) {
        see(device, mine->key);
        look(device, mine);
    }
    if (out_answer->resolution == SYNC_RESOLVE_THEIRS)
        mine->is_given_up = true;
    if (out_answer->resolution == SYNC_RESOLVE_ANSWER)
        answer(deed, mine, out_answer);
}
