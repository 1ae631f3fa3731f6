#include "tests/unit/client/device_fixture.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

static void fill_random(void *owner, uint8_t *bytes, size_t size)
{
    struct device *device = owner;

    memset(bytes, device->random_next++, size);
}

void device_init(struct device *device, struct small_cluster *cluster,
                 uint8_t seed)
{
    *device = (struct device){
        .cluster = cluster, .now_us = 1, .random_next = (uint8_t)(seed * 16)};
    device->disk = memory_files_create(seed);
    device->map = memory_store_create();
    CU_ASSERT_EQUAL_FATAL(device_start(device), DALV_OK);
}

void device_deinit(struct device *device)
{
    device_stop(device);
    memory_files_destroy(&device->disk);
    memory_store_destroy(&device->map);
}

enum dalv_status device_start(struct device *device)
{
    struct store_options options = {
        .files = memory_files_seam(device->disk),
        .folder = "store",
        .user = bytes_from_text("ada"),
        .random = fill_random,
        .random_owner = device,
    };
    enum dalv_status status;

    device->kv = memory_kv_open(device->map);
    options.kv = device->kv;
    status = store_open(&options, &device->report, &device->store);
    if (status != DALV_OK)
        kv_close(&device->kv);
    return status;
}

void device_stop(struct device *device)
{
    store_close(&device->store);
    if (device->kv != NULL)
        kv_close(&device->kv);
}

void device_crash_by(struct device *device, uint64_t luck)
{
    size_t synced = memory_store_synced_count(device->map);
    size_t unsynced = memory_store_unflushed_count(device->map) - synced;

    memory_files_crash(device->disk);
    device_stop(device);
    memory_store_crash(device->map, synced + (size_t)(luck % (unsynced + 1)));
}

void device_crash(struct device *device)
{
    device_crash_by(device, 0);
}

enum dalv_status device_do(struct device *device,
                           const struct operation *operation)
{
    const struct store_transaction transaction = {.operations = operation,
                                                  .operation_count = 1};

    return store_commit(device->store, &transaction, 1, device->now_us++,
                        &device->local_id);
}

struct dot device_dot(struct device *device, const char *key, const char *value)
{
    struct key_value seen;
    struct dot dot = {0};

    key_value_init(&seen);
    if (store_get(device->store, bytes_from_text(key), &seen) != DALV_OK)
        seen.element_count = 0;
    for (size_t i = 0; i < seen.element_count; i++) {
        if (bytes_equal(seen.elements[i].value, bytes_from_text(value)))
            dot = seen.elements[i].dot;
    }
    key_value_deinit(&seen);
    return dot;
}

static bool is_answer_lost(struct device *device)
{
    return device->answers_left != 0 && --device->answers_left == 0;
}

static enum dalv_status exchange(struct device *device,
                                 struct sync_machine *machine,
                                 enum sync_step step, struct message *message)
{
    const struct ledger_identity *identity =
        ledger_identity(store_ledger(device->store));
    struct message answer;

    if (step == SYNC_STEP_HELLO)
        small_cluster_welcome(device->cluster, &identity->install, &answer);
    else
        small_cluster_answer(device->cluster, identity->device, message,
                             &answer);
    if (is_answer_lost(device))
        return DALV_TIMEOUT;
    if (answer.type == MESSAGE_SYNCED && answer.synced.mode == SYNC_SNAPSHOT) {
        answer.synced.is_restored = device->common != 0;
        answer.synced.common = device->common;
    }
    return sync_machine_take(machine, device->now_us++, &answer);
}

static enum dalv_status run(struct device *device, struct sync_machine *machine)
{
    enum dalv_status status = DALV_OK;

    for (int i = 0; status == DALV_OK && i < 1000; i++) {
        struct message message;
        enum sync_step step;

        status = sync_machine_next(machine, device->now_us, &step, &message);
        if (status == DALV_OK && step == SYNC_STEP_DONE)
            return DALV_OK;
        if (status == DALV_OK)
            status = exchange(device, machine, step, &message);
    }
    return status == DALV_OK ? DALV_INTERNAL : status;
}

enum dalv_status device_sync(struct device *device)
{
    struct sync_machine *machine = NULL;
    enum dalv_status status =
        sync_machine_create(device->store, &device->options, &machine);

    if (status != DALV_OK)
        return status;
    status = run(device, machine);
    device->synced = *sync_machine_report(machine);
    sync_machine_destroy(&machine);
    return status;
}

static void tell(char *text, size_t capacity, const struct key_value *value)
{
    size_t size = 0;

    switch (value->state.kind) {
    case KEY_NONE:
        (void)snprintf(text, capacity, "-");
        break;
    case KEY_REGISTER:
        (void)snprintf(text, capacity, "%.*s", (int)value->state.value.size,
                       (const char *)value->state.value.data);
        break;
    case KEY_COUNTER:
        (void)snprintf(text, capacity, "#%lld", (long long)value->state.number);
        break;
    case KEY_LIST:
        (void)snprintf(text, capacity, "[");
        for (size_t i = 0; i < value->element_count; i++) {
            struct bytes element = value->elements[i].value;

            size = strlen(text);
            (void)snprintf(text + size, capacity - size, "%s%.*s",
                           i > 0 ? " " : "", (int)element.size,
                           (const char *)element.data);
        }
        size = strlen(text);
        (void)snprintf(text + size, capacity - size, "]");
        break;
    }
}

const char *device_sees(struct device *device, const char *key)
{
    struct key_value value;

    key_value_init(&value);
    CU_ASSERT_EQUAL(store_get(device->store, bytes_from_text(key), &value),
                    DALV_OK);
    tell(device->text, sizeof(device->text), &value);
    key_value_deinit(&value);
    return device->text;
}

const char *cluster_holds(struct device *device, const char *key)
{
    struct key_value value = {.state = small_cluster_key(device->cluster, key)};

    tell(device->text, sizeof(device->text), &value);
    return device->text;
}

static bool see_key(void *owner, struct bytes key,
                    const struct key_value *value)
{
    struct device *device = owner;
    size_t size = strlen(device->text);
    char told[64];

    tell(told, sizeof(told), value);
    (void)snprintf(device->text + size, sizeof(device->text) - size, "%.*s=%s ",
                   (int)key.size, (const char *)key.data, told);
    return true;
}

const char *device_scan(struct device *device, const char *prefix)
{
    device->text[0] = '\0';
    CU_ASSERT_EQUAL(
        store_scan(device->store, bytes_from_text(prefix), see_key, device),
        DALV_OK);
    return device->text;
}

size_t device_pending(struct device *device)
{
    return ledger_pending(store_ledger(device->store))->count;
}
