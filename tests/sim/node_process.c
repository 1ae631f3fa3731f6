#include "tests/sim/node_process.h"

#include "base/assert.h"
#include "tests/sim/node_inside.h"
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DOWN_US = 50000, /* Between an end and the next start, ... */
    DOWN_MORE_US = 4000000,
    LOOK_US = 5000,      /* Between two looks whether it is at rest, ... */
    DRAIN_US = 10000000, /* ... and how long that may take. */
    SEGMENT_BYTES = 256 << 10,
    CHECKPOINT_BYTES = 64 << 10,
    TABLE_MAX = 256, /* Users, clients, refusals that it remembers. */
    MEMORY_BYTES = 64 << 20,
    WAITING_BYTES = 8 << 20,
    LOOKED_AT = 16, /* One of so many states of a replica. */
};

static void put_later(struct node_process *node, uint64_t delay_us,
                      moment_runner *run)
{
    process_put(&node->server.process, delay_us, run, node);
}

static uint64_t down_us(struct node_process *node)
{
    return DOWN_US + prng_below(&node->world->prng, DOWN_MORE_US);
}

static void tell(const struct node_process *node, const char *what)
{
    trace_put(&node->world->trace, node->world->now_us, "%s %s",
              node->server.name, what);
}

/* ---- What its threads do ---- */

static void on_ordered(void *owner, const char *worker, const void *job)
{
    const struct node_process *node = owner;

    if (strcmp(worker, "index") == 0)
        agreement_take_ordered(&node->world->agreement, node->self.node, job);
}

/* Not each time: to sum it up takes long. */
static void look_at_replica(const struct node_process *node,
                            const struct index_order *order)
{
    struct world *world = node->world;

    if (order->status != DALV_OK || world->node_count == 1 ||
        !prng_chance(&world->prng, 1, LOOKED_AT))
        return;
    if (order->type == INDEX_APPLY_ENTRIES)
        likeness_judge(&world->likeness, node, order->entries.partition);
    else if (order->type == INDEX_APPLY)
        likeness_judge(&world->likeness, node, order->proposal->partition);
}

static void on_carried_out(void *owner, const char *worker, const void *job)
{
    const struct node_process *node = owner;

    if (strcmp(worker, "log") == 0)
        agreement_take_logged(&node->world->agreement, node->self.node, job);
    else if (strcmp(worker, "index") == 0)
        look_at_replica(node, job);
}

static void on_lost(void *owner, const char *worker, void *job)
{
    (void)owner;
    node_inside_lose(worker, job);
}

/* ---- Ends ---- */

static void on_start(void *owner, struct moment *moment)
{
    struct node_process *node = owner;

    if (!node_process_is_up(node) &&
        moment->number == node->server.process.life)
        node_process_start(node);
}

void node_process_kill(struct node_process *node, bool is_power_lost)
{
    struct process *process = &node->server.process;

    if (!process->is_up)
        return;
    tell(node, is_power_lost ? "loses its power" : "is killed");
    disk_stop(&node->disk, is_power_lost);
    process->is_dying = true;
    process_enter(process);
    node_inside_break(node->server.node);
    (void)server_close(&node->server);
    process_leave();
    process_end(process);
    disk_end(&node->disk, is_power_lost);
}

void node_process_restart(struct node_process *node, bool is_power_lost)
{
    if (!node_process_is_up(node))
        return;
    node_process_kill(node, is_power_lost);
    put_later(node, down_us(node), on_start);
}

static void make_store_id(struct node_process *node)
{
    uint64_t number = prng_next(&node->world->prng) | 1;

    memcpy(node->self.store.bytes, &number, sizeof(number));
    node->boot_number = 0;
}

void node_process_wipe(struct node_process *node)
{
    if (!node_process_is_up(node))
        return;
    node_process_kill(node, true);
    tell(node, "gets another disk");
    disk_deinit(&node->disk);
    disk_init(&node->disk, &node->world->prng, false);
    agreement_forget(&node->world->agreement, &node->self);
    make_store_id(node);
    put_later(node, down_us(node), on_start);
}

/* ---- An end in order ---- */

/* Its membership outlives the roles here: all memory is looked at. */
static void close_in_order(struct node_process *node)
{
    struct process *process = &node->server.process;
    bool is_clean = node_inside_is_at_rest(node->server.node);

    tell(node, is_clean ? "ends in order" : "ends");
    process_enter(process);
    is_clean = server_close(&node->server) == DALV_OK && is_clean;
    process_leave();
    /* What others sent to one of several is left to the process's end. */
    if (is_clean && node->world->node_count == 1 &&
        process->pool.block_count > 0)
        world_fail(node->world, "the node leaves %zu blocks behind",
                   process->pool.block_count);
    process_end(process);
    if (is_clean)
        disk_close(&node->disk);
    else
        disk_end(&node->disk, false);
}

static void on_look(void *owner, struct moment *moment)
{
    struct node_process *node = owner;
    struct world *world = node->world;

    if (!process_is_due(&node->server.process, moment))
        return;
    if (node_shell_is_idle(node->server.node) ||
        world->now_us >= node->stop_us + DRAIN_US) {
        close_in_order(node);
        put_later(node, down_us(node), on_start);
    } else {
        put_later(node, LOOK_US, on_look);
    }
}

void node_process_stop(struct node_process *node)
{
    if (!node_process_is_up(node) || node->is_stopping)
        return;
    tell(node, "is to stop");
    node->is_stopping = true;
    node->stop_us = node->world->now_us;
    put_later(node, 0, on_look);
}

/* ---- A failure of its disk ---- */

/* The shell has given up: the process ends, as in dalvd/main.c. */
static void on_stopped(void *owner)
{
    struct node_process *node = owner;
    struct world *world = node->world;

    if (!memory_files_has_failed(node->disk.files) && !node->is_disk_failing)
        world_fail(world, "%s failed by itself: %s", node->server.name,
                   status_text(node_inside_failure(node->server.node)));
    node_process_restart(node, prng_chance(&world->prng, 1, 2));
}

/* ---- Starts ---- */

static enum dalv_status open_store(struct node_process *node,
                                   struct node_store **out_store,
                                   struct node_store_error *error)
{
    struct world *world = node->world;
    const struct node_store_options options = {
        .files = memory_files_seam(node->disk.files),
        .kvs = &node->disk.opener,
        .folder = "node",
        .partition_count = WORLD_PARTITIONS,
        .segment_bytes = SEGMENT_BYTES,
        .log_id = prng_next(&world->prng) | 1,
        .boot_id = prng_next(&world->prng),
        .wall_us = world_server_wall_us(world),
        .is_member = world->node_count > 1,
    };

    return node_store_open(&options, out_store, error);
}

static void open_shell(struct node_process *node, struct node_store *store)
{
    struct world *world = node->world;
    bool is_all_kept = faults_has(world, FAULT_INDEX_LOSS);
    struct node_shell_options options = {
        .address = node->address,
        .store = store,
        .node_id = bytes_from_text(node->server.name),
        .cluster_id = bytes_from_text(WORLD_CLUSTER_ID),
        .policy = &world->policy,
        .token_judge = &world->token_judge,
        .boot_id = node->boot_id,
        .boot_number = ++node->boot_number,
        .seed = prng_next(&world->prng),
        .memory_bytes_max = MEMORY_BYTES,
        .waiting_bytes_max = WAITING_BYTES,
        .log_bytes_kept = is_all_kept ? UINT64_MAX : 1,
        .checkpoint_bytes = CHECKPOINT_BYTES,
        .erased_kept_us = UINT64_MAX,
        .client_max = TABLE_MAX,
        .user_max = TABLE_MAX,
        .refusal_max = TABLE_MAX * 16,
    };
    enum dalv_status status;

    if (world->node_count > 1)
        options.self = node->self;
    status = node_shell_open(&options, node->server.loop, &node->server.node);
    ASSERT(status == DALV_OK);
    if (world->node_count > 1)
        server_join(&node->server);
    if (world->node_count > 1)
        membership_set_roles(
            node->server.membership,
            &(struct membership_roles){.node = node->server.node});
}

static void lose_index(struct node_process *node)
{
    if (!faults_strike(node->world, FAULT_INDEX_LOSS) ||
        !faults_may_lose_copy(node->world))
        return;
    tell(node, "loses its index");
    if (prng_chance(&node->world->prng, 1, 2))
        disk_lose_map(&node->disk);
    else
        node->disk.is_damaged = true;
}

/* The disk fails while it is opened: its machine is switched off and on. */
static void fail_to_start(struct node_process *node,
                          const struct node_store_error *error)
{
    if (!memory_files_has_failed(node->disk.files))
        world_fail(node->world, "%s does not start: %s", node->server.name,
                   error->text);
    disk_stop(&node->disk, true);
    (void)server_close(&node->server);
    process_leave();
    process_end(&node->server.process);
    disk_end(&node->disk, true);
    put_later(node, down_us(node), on_start);
}

void node_process_start(struct node_process *node)
{
    struct node_store_error error = {.status = DALV_OK};
    struct node_store *store = NULL;
    enum dalv_status status;

    lose_index(node);
    node->boot_id = prng_next(&node->world->prng) | 1;
    server_begin(&node->server);
    status = open_store(node, &store, &error);
    tell(node, status == DALV_OK ? "starts" : error.text);
    if (status != DALV_OK) {
        fail_to_start(node, &error);
        return;
    }
    memory_files_fail(node->disk.files, 0, MEMORY_FAULT_IO);
    node->is_stopping = false;
    open_shell(node, store);
    process_leave();
    agreement_take_log(&node->world->agreement, node->self.node,
                       node->disk.files);
}

struct index *node_process_index(const struct node_process *node)
{
    return node_process_is_up(node) ? node_inside_index(node->server.node)
                                    : NULL;
}

/* ---- Life ---- */

void node_process_init(struct node_process *node, struct world *world,
                       uint32_t number)
{
    char name[16];

    *node = (struct node_process){.world = world, .self = {.node = number}};
    (void)snprintf(name, sizeof(name), "node-%u", number);
    (void)snprintf(node->address, sizeof(node->address), "tcp://n%u:1", number);
    server_init(&node->server, world, name, CONFIG_STORAGE);
    node->server.process.observer =
        (struct process_observer){.owner = node,
                                  .on_ordered = on_ordered,
                                  .on_carried_out = on_carried_out,
                                  .on_lost = on_lost,
                                  .on_stopped = on_stopped};
    disk_init(&node->disk, &world->prng, false);
    make_store_id(node);
}

void node_process_deinit(struct node_process *node)
{
    node_process_kill(node, false);
    process_deinit(&node->server.process);
    disk_deinit(&node->disk);
}
