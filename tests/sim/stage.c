#include "tests/sim/stage.h"

#include "tests/sim/script.h"

#include <stdio.h>
#include <string.h>

enum {
    READY_MS = 1000,
    FOUNDED_MS = 5000, /* The same, of a cluster. */
    PATIENCE_MS = 10000,
};

void stage_pass(struct world *world, uint64_t ms)
{
    world_pass(world, ms * 1000);
}

void stage_begin(struct world *world, size_t device_count)
{
    world->is_directed = true;
    memset(world->faults.rates, 0, sizeof(world->faults.rates));
    world->device_count = device_count;
    for (size_t i = 0; i < world->node_count; i++)
        node_process_start(&world->nodes[i]);
    for (size_t i = 0; i < WORLD_ROUTERS; i++)
        router_process_start(&world->routers[i]);
    for (size_t i = 0; i < device_count; i++)
        (void)device_process_start(&world->devices[i]);
    stage_pass(world, world->node_count == 1 ? READY_MS : FOUNDED_MS);
}

void stage_end(struct world *world)
{
    world_settle(world);
}

void stage_expect(struct world *world, bool is_so, const char *what)
{
    if (!is_so)
        world_fail(world, "the schedule did not come to %s", what);
}

/* ---- Devices ---- */

static struct deed *commit(struct world *world, unsigned device,
                           const struct deed_operation *wanted)
{
    return device_process_commit(&world->devices[device], wanted, 1);
}

static struct deed_operation operation_on(enum operation_type type,
                                          const char *key, const char *value)
{
    struct deed_operation operation = {.type = type};

    (void)snprintf(operation.key, sizeof(operation.key), "%s", key);
    (void)snprintf(operation.value, sizeof(operation.value), "%s", value);
    return operation;
}

struct deed *stage_put(struct world *world, unsigned device, const char *key,
                       const char *value)
{
    struct deed_operation operation = operation_on(OPERATION_PUT, key, value);

    return commit(world, device, &operation);
}

struct deed *stage_add(struct world *world, unsigned device)
{
    struct deed_operation operation =
        operation_on(OPERATION_ADD_TO_LIST, SCRIPT_SET, "element");

    return commit(world, device, &operation);
}

struct deed *stage_remove(struct world *world, unsigned device)
{
    struct deed_operation operation =
        operation_on(OPERATION_REMOVE_FROM_LIST, SCRIPT_SET, "");

    if (!device_process_sees_element(&world->devices[device], &operation.dot)) {
        stage_expect(world, false, "an element to remove");
        return NULL;
    }
    return commit(world, device, &operation);
}

void stage_sync(struct world *world, unsigned device)
{
    struct device_process *process = &world->devices[device];

    device_process_sync(process);
    for (unsigned i = 0; process->machine != NULL && i < PATIENCE_MS; i++)
        stage_pass(world, 1);
}

/* ---- A backend ---- */

bool stage_is_answered(const struct world *world)
{
    return backend_process_is_idle(&world->backends[0]);
}

void stage_await_answer(struct world *world)
{
    for (unsigned i = 0; !stage_is_answered(world) && i < PATIENCE_MS; i++)
        stage_pass(world, 1);
    stage_expect(world, stage_is_answered(world), "an answer to a backend");
}

struct deed *stage_write(struct world *world, const char *key,
                         const char *value, uint64_t ttl_ms)
{
    struct deed_operation operation = operation_on(OPERATION_PUT, key, value);

    operation.ttl_ms = ttl_ms;
    return backend_process_write(&world->backends[0], &operation);
}

void stage_erase(struct world *world)
{
    backend_process_erase(&world->backends[0]);
    stage_await_answer(world);
}

void stage_retire(struct world *world, uint64_t device)
{
    backend_process_retire(&world->backends[0], device);
    stage_await_answer(world);
}
