#include "tests/sim/node_process.h"

#include "base/assert.h"
#include "tests/sim/node_internal.h"
#include "tests/sim/world.h"

#include <stdlib.h>

enum {
    DOWN_US = 50000, /* Between an end and the next start, ... */
    DOWN_MORE_US = 4000000,
    REST_US = 5000,     /* Between two looks whether it is at rest, ... */
    DRAIN_US = 3000000, /* ... and how long that may take. */
    SEGMENT_BYTES = 256 << 10,
    USERS_MAX = 64,
    CLIENTS_MAX = 256,
    REFUSALS_MAX = 4096,
    WAITING_BYTES_MAX = 8 << 20,
};

static uint64_t down_us(struct node_process *node)
{
    return DOWN_US + prng_below(&node->world->prng, DOWN_MORE_US);
}

void node_process_init(struct node_process *node, struct world *world)
{
    node->world = world;
    node->life = 0;
    disk_init(&node->disk, &world->prng, false);
    pool_init(&node->pool);
    node->gateway = malloc(sizeof(*node->gateway));
    node->clerk = malloc(sizeof(*node->clerk));
    ASSERT(node->gateway != NULL && node->clerk != NULL);
}

static void drop_wires(struct node_process *node)
{
    for (size_t i = 0; i < node->world->wires.count; i++) {
        struct wire *wire = node->world->wires.items[i];

        if (wire->ends[WIRE_SERVER].owner == node)
            wire_drop(wire, WIRE_SERVER);
    }
}

void node_process_kill(struct node_process *node, bool is_power_lost)
{
    if (!node->is_up)
        return;
    node->is_up = false;
    trace_put(&node->world->trace, node->world->now_us, "node ends power=%d",
              !is_power_lost);
    drop_wires(node);
    disk_stop(&node->disk, is_power_lost);
    node_store_close(&node->store, false);
    disk_end(&node->disk, is_power_lost);
    order_queue_clear(&node->index_queue);
    order_queue_clear(&node->log_queue);
    for (size_t i = 0; i < node->request_count; i++)
        gateway_lose(node->requests[i]);
    node->request_count = 0;
    gateway_deinit(node->gateway);
    node->core = NULL;
    pool_clear(&node->pool);
}

void node_process_deinit(struct node_process *node)
{
    node_process_kill(node, false);
    free(node->gateway);
    free(node->clerk);
    free(node->requests);
    disk_deinit(&node->disk);
}

static void on_start(void *owner, struct moment *moment)
{
    struct node_process *node = owner;

    if (!node->is_up && moment->number == node->life)
        node_process_start(node);
}

void node_process_restart(struct node_process *node, bool is_power_lost)
{
    if (!node->is_up)
        return;
    node_process_kill(node, is_power_lost);
    node_put_moment(node, down_us(node), on_start);
}

/* ---- An end in order ---- */

/* Nothing is under way: the index is whole on the disk, and memory is free. */
static void close_in_order(struct node_process *node)
{
    struct world *world = node->world;
    enum dalv_status status;

    node->is_up = false;
    trace_put(&world->trace, world->now_us, "node ends in order");
    drop_wires(node);
    order_queue_clear(&node->index_queue);
    order_queue_clear(&node->log_queue);
    node_core_destroy(&node->core);
    gateway_deinit(node->gateway);
    status = node_store_close(&node->store, true);
    if (status != DALV_OK && !memory_files_has_failed(node->disk.files) &&
        !world->is_disk_failing)
        world_fail(world, "the node does not close: %s", status_text(status));
    if (status == DALV_OK)
        disk_close(&node->disk);
    else
        disk_end(&node->disk, false);
    if (node->pool.block_count > 0)
        world_fail(world, "the node leaves %zu blocks behind",
                   node->pool.block_count);
    pool_clear(&node->pool);
}

static bool is_at_rest(const struct node_process *node)
{
    return node_core_is_at_rest(node->core) && !node->has_effects &&
           node->log_queue.count == 0 && node->index_queue.count == 0;
}

static void on_rest(void *owner, struct moment *moment)
{
    struct node_process *node = owner;
    struct world *world = node->world;

    if (!node->is_up || moment->number != node->life)
        return;
    if (is_at_rest(node)) {
        close_in_order(node);
        node_put_moment(node, down_us(node), on_start);
    } else if (world->now_us < node->stop_us + DRAIN_US) {
        node_put_moment(node, REST_US, on_rest);
    } else {
        world_fail(world, "the node does not come to rest");
    }
}

void node_process_stop(struct node_process *node)
{
    if (!node->is_up || node->is_stopping)
        return;
    trace_put(&node->world->trace, node->world->now_us, "node is to stop");
    node->is_stopping = true;
    node->stop_us = node->world->now_us;
    node_put_moment(node, 0, on_rest);
}

/* ---- Failures ---- */

void node_process_fail(struct node_process *node, enum dalv_status status,
                       const char *what)
{
    trace_put(&node->world->trace, node->world->now_us, "node fails %s: %s",
              what, status_text(status));
    if (!memory_files_has_failed(node->disk.files) &&
        !node->world->is_disk_failing)
        world_fail(node->world, "the %s failed by itself: %s", what,
                   status_text(status));
    node_process_restart(node, prng_chance(&node->world->prng, 1, 2));
}

static enum dalv_status open_store(struct node_process *node,
                                   struct node_store_error *error)
{
    struct world *world = node->world;
    const struct node_store_options options = {
        .files = memory_files_seam(node->disk.files),
        .kvs = &node->disk.opener,
        .folder = "node",
        .partition_count = NODE_PROCESS_PARTITIONS,
        .segment_bytes = SEGMENT_BYTES,
        .log_id = prng_next(&world->prng) | 1,
        .boot_id = prng_next(&world->prng),
        .wall_us = world_server_wall_us(world),
    };

    return node_store_open(&options, &node->store, error);
}

static void make_core(struct node_process *node)
{
    struct world *world = node->world;
    const struct node_options options = {
        .node_id = bytes_from_text("node"),
        .cluster_id = bytes_from_text("sim"),
        .policy = &world->policy,
        .boot_id = prng_next(&world->prng),
        .seed = prng_next(&world->prng),
        .partition_count = NODE_PROCESS_PARTITIONS,
        .user_max = USERS_MAX,
        .client_max = CLIENTS_MAX,
        .refusal_max = REFUSALS_MAX,
        .waiting_bytes_max = WAITING_BYTES_MAX,
        .token_judge = &world->token_judge,
        .allocator = &node->pool.allocator,
    };

    node->core = node_core_create(&options);
    ASSERT(node->core != NULL);
    node_effects_init(&node->effects);
    gateway_init(node->gateway,
                 &(struct gateway_options){.allocator = &node->pool.allocator});
    index_clerk_init(node->clerk, node->store->index, NODE_PROCESS_PARTITIONS,
                     &node->pool.allocator);
}

static void lead_all(struct node_process *node)
{
    for (uint32_t i = 0; i < NODE_PROCESS_PARTITIONS; i++)
        node_step(node, (struct node_event){.type = NODE_LED,
                                            .partition = i,
                                            .start = &node->store->starts[i]});
}

static void lose_index(struct node_process *node)
{
    if (!faults_strike(node->world, FAULT_INDEX_LOSS))
        return;
    trace_put(&node->world->trace, node->world->now_us, "node loses its index");
    if (prng_chance(&node->world->prng, 1, 2))
        disk_lose_map(&node->disk);
    else
        node->disk.is_damaged = true;
}

void node_process_start(struct node_process *node)
{
    struct node_store_error error = {.status = DALV_OK};
    enum dalv_status status;

    node->life++;
    lose_index(node);
    status = open_store(node, &error);
    trace_put(&node->world->trace, node->world->now_us, "node starts: %s",
              status == DALV_OK ? "ok" : error.text);
    if (status != DALV_OK) {
        if (!memory_files_has_failed(node->disk.files))
            world_fail(node->world, "the node does not start: %s", error.text);
        disk_stop(&node->disk, true);
        disk_end(&node->disk, true);
        node_put_moment(node, down_us(node), on_start);
        return;
    }
    memory_files_fail(node->disk.files, 0, MEMORY_FAULT_IO);
    node->is_up = true;
    node->is_stopping = false;
    node->is_round_due = false;
    node->is_checkpoint_ordered = false;
    node->tick_us = UINT64_MAX;
    make_core(node);
    lead_all(node);
    witness_take_log(&node->world->witness, node->disk.files);
    node_schedule_tick(node);
}
