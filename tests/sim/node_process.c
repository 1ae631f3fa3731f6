#include "tests/sim/node_process.h"

#include "base/assert.h"
#include "tests/sim/world.h"

#include <stdlib.h>

enum {
    LOG_US = 300, /* Of one batch, at least, ... */
    LOG_MORE_US = 3000,
    INDEX_US = 50,
    INDEX_MORE_US = 400,
    ROUND_US = 200,
    DOWN_US = 50000, /* Between an end and the next start, ... */
    DOWN_MORE_US = 4000000,
    CHECKPOINT_GROUPS = 40,
    SEGMENT_BYTES = 256 << 10,
    USERS_MAX = 64,
    CLIENTS_MAX = 256,
    REFUSALS_MAX = 4096,
    WAITING_BYTES_MAX = 8 << 20,
};

/* ---- Moments ---- */

static void put_moment(struct node_process *node, uint64_t delay_us,
                       moment_runner *run)
{
    schedule_put(&node->world->schedule,
                 (struct moment){.at_us = node->world->now_us + delay_us,
                                 .run = run,
                                 .owner = node,
                                 .number = node->life});
}

static bool is_late(const struct node_process *node,
                    const struct moment *moment)
{
    return !node->is_up || moment->number != node->life;
}

static uint64_t some_us(struct node_process *node, uint64_t least,
                        uint64_t more)
{
    return least + prng_below(&node->world->prng, more);
}

/* ---- Sending ---- */

/* Let the core see the event; what it wants done waits for act. */
static void tell(struct node_process *node, struct node_event event)
{
    event.now_ms = node->world->now_us / 1000;
    event.wall_us = world_server_wall_us(node->world);
    node->has_effects = true;
    node_core_step(node->core, &event, &node->effects);
}

static void send(struct node_process *node, struct parcel *parcel)
{
    uint64_t peer = parcel_peer(parcel);
    struct wire *wire = wires_find(&node->world->wires, peer);

    if (wire != NULL && wire_send(wire, WIRE_CLIENT, &parcel))
        return;
    parcel_destroy(&parcel);
    tell(node, (struct node_event){.type = NODE_ROUTER_LOST, .peer = peer});
}

static void keep_request(struct node_process *node, struct request *request)
{
    if (node->request_count == node->request_capacity) {
        node->request_capacity = 2 * node->request_capacity + 64;
        node->requests =
            realloc(node->requests, node->request_capacity * sizeof(request));
        ASSERT(node->requests != NULL);
    }
    node->requests[node->request_count++] = request;
}

static void end_request(struct node_process *node, struct request *request)
{
    for (size_t i = 0; i < node->request_count; i++) {
        if (node->requests[i] == request) {
            node->requests[i] = node->requests[--node->request_count];
            break;
        }
    }
    gateway_end(node->gateway, &request);
}

static void send_answer(struct node_process *node, struct request *request)
{
    send(node, gateway_answer(request));
    node_core_finish(node->core, request);
    end_request(node, request);
}

static void send_push(struct node_process *node, struct push_out *push)
{
    send(node, gateway_push(push));
    push_destroy(&push, &node->pool.allocator);
}

/* ---- Orders ---- */

static void start_index(struct node_process *node);
static void start_log(struct node_process *node);

static void order_index(struct node_process *node, struct index_order order)
{
    order_queue_put(&node->index_queue, &order, sizeof(order));
    start_index(node);
}

static void order_log(struct node_process *node, struct log_order order)
{
    order_queue_put(&node->log_queue, &order, sizeof(order));
    start_log(node);
}

static void order_all(struct node_process *node)
{
    struct index_order order;
    struct list_link *link;

    while (index_order_take(&node->effects, &order))
        order_index(node, order);
    while ((link = list_take(&node->effects.proposals)) != NULL)
        order_log(node, (struct log_order){
                            .type = LOG_APPEND,
                            .proposal = LIST_ITEM(link, struct proposal, link),
                        });
}

static void deliver(struct node_process *node)
{
    struct node_effects *effects = &node->effects;
    struct list_link *link;

    while ((link = list_take(&effects->answers)) != NULL)
        send_answer(node, LIST_ITEM(link, struct request, link));
    while ((link = list_take(&effects->pushes)) != NULL)
        send_push(node, LIST_ITEM(link, struct push_out, link));
    while (effects->reply_count > 0) {
        struct node_reply reply = effects->replies[--effects->reply_count];

        send(node, gateway_reply(reply.peer, &reply.message));
    }
}

/* Sending may find that a router has gone, and tell the core. */
static void act(struct node_process *node)
{
    while (node->has_effects) {
        node->has_effects = false;
        order_all(node);
        deliver(node);
    }
}

/* ---- Steps ---- */

static void schedule_tick(struct node_process *node);
static void on_round(void *owner, struct moment *moment);

static void step(struct node_process *node, struct node_event event)
{
    tell(node, event);
    act(node);
    if (!node->is_round_due && event.type != NODE_ROUND_ENDED) {
        node->is_round_due = true;
        put_moment(node, prng_below(&node->world->prng, ROUND_US), on_round);
    }
    schedule_tick(node);
}

static void on_round(void *owner, struct moment *moment)
{
    struct node_process *node = owner;

    if (is_late(node, moment))
        return;
    step(node, (struct node_event){.type = NODE_ROUND_ENDED});
    node->is_round_due = false;
}

static void on_tick(void *owner, struct moment *moment)
{
    struct node_process *node = owner;

    if (is_late(node, moment))
        return;
    node->tick_us = UINT64_MAX;
    step(node, (struct node_event){.type = NODE_TICKED});
}

static void schedule_tick(struct node_process *node)
{
    uint64_t due_ms = node_core_next_deadline_ms(node->core);
    uint64_t now_us = node->world->now_us;
    uint64_t due_us = due_ms == UINT64_MAX ? UINT64_MAX : due_ms * 1000;

    if (due_us >= node->tick_us)
        return;
    node->tick_us = due_us > now_us ? due_us : now_us + 1000;
    put_moment(node, node->tick_us - now_us, on_tick);
}

/* ---- The thread of the index ---- */

static void order_checkpoint(struct node_process *node)
{
    node->is_checkpoint_ordered = true;
    node->turns_since_checkpoint = 0;
    order_index(node, (struct index_order){.type = INDEX_CHECKPOINT,
                                           .flushed = node->flushed});
}

/* What may be needed to make the index anew is kept. */
static void order_release(struct node_process *node)
{
    static const struct log_position nothing[NODE_PROCESS_PARTITIONS];
    bool is_all_kept = node->world->faults.rates[FAULT_INDEX_LOSS] > 0;

    order_log(node, (struct log_order){
                        .type = LOG_RELEASE,
                        .release = {.flushed = node->flushed,
                                    .wanted = nothing,
                                    .bytes_max = is_all_kept ? UINT64_MAX : 1},
                    });
}

static void on_index_order(struct node_process *node,
                           const struct index_order *order)
{
    if (order->type == INDEX_CHECKPOINT)
        order_release(node);
    else
        step(node, index_order_event(order));
}

/* As a shell that collects what its worker has done. */
static void on_index_done(void *owner, struct moment *moment)
{
    struct node_process *node = owner;
    void *orders[ORDER_QUEUE_MAX];
    enum dalv_status status = DALV_OK;
    size_t count;

    if (is_late(node, moment))
        return;
    index_clerk_run(node->clerk, node->index_queue.orders,
                    node->index_queue.running);
    count = order_queue_take(&node->index_queue, orders);
    for (size_t i = 0; i < count; i++) {
        struct index_order *order = orders[i];

        if (status == DALV_OK)
            status = order->status;
        if (status == DALV_OK)
            on_index_order(node, order);
        free(order);
    }
    if (status != DALV_OK)
        node_process_fail(node, status, "index");
    else
        start_index(node);
}

static void start_index(struct node_process *node)
{
    struct order_queue *queue = &node->index_queue;

    if (queue->running > 0 || queue->count == 0)
        return;
    queue->running = 1 + (size_t)prng_below(&node->world->prng, queue->count);
    put_moment(node, some_us(node, INDEX_US, INDEX_MORE_US), on_index_done);
}

/* ---- The thread of the log ---- */

static void on_log_order(struct node_process *node,
                         const struct log_order *order)
{
    if (order->type == LOG_RELEASE)
        node->is_checkpoint_ordered = false;
    if (order->type != LOG_APPEND)
        return;
    witness_take_proposal(&node->world->witness, order->proposal);
    step(node, (struct node_event){.type = NODE_COMMITTED,
                                   .proposal = order->proposal});
    if (++node->turns_since_checkpoint >= CHECKPOINT_GROUPS &&
        !node->is_checkpoint_ordered)
        order_checkpoint(node);
    if (prng_chance(&node->world->prng, 1, 10))
        order_log(node, (struct log_order){.type = LOG_PREPARE});
    if (prng_chance(&node->world->prng, 1, 10))
        order_log(node, (struct log_order){.type = LOG_SEAL});
}

static void on_log_told(void *owner, struct moment *moment)
{
    struct node_process *node = owner;
    void *orders[ORDER_QUEUE_MAX];
    size_t count;

    if (is_late(node, moment))
        return;
    count = order_queue_take(&node->log_queue, orders);
    for (size_t i = 0; i < count; i++) {
        on_log_order(node, orders[i]);
        free(orders[i]);
    }
    start_log(node);
}

/* Between the disk's word and the loop's hearing of it anything may happen. */
static void on_log_done(void *owner, struct moment *moment)
{
    struct node_process *node = owner;
    struct order_queue *queue = &node->log_queue;

    if (is_late(node, moment))
        return;
    log_orders_run(node->store->log, queue->orders, queue->running);
    for (size_t i = 0; i < queue->running; i++) {
        const struct log_order *order = queue->orders[i];

        if (order->status != DALV_OK) {
            node_process_fail(node, order->status, "log");
            return;
        }
    }
    put_moment(node, some_us(node, INDEX_US, INDEX_MORE_US), on_log_told);
}

static void start_log(struct node_process *node)
{
    struct order_queue *queue = &node->log_queue;

    if (queue->running > 0 || queue->count == 0)
        return;
    queue->running = 1 + (size_t)prng_below(&node->world->prng, queue->count);
    put_moment(node, some_us(node, LOG_US, LOG_MORE_US), on_log_done);
}

/* ---- Routers ---- */

static void on_parcel(void *owner, struct wire *wire, struct parcel **parcel_p)
{
    struct node_process *node = owner;
    struct gateway_intake intake;
    struct parcel *refusal = NULL;
    enum dalv_status status;

    parcel_set_peer(*parcel_p, wire->number);
    status = gateway_take(node->gateway, *parcel_p, node->world->now_us / 1000,
                          &intake);
    if (status == DALV_BUSY)
        refusal = gateway_refuse(*parcel_p, &intake.message);
    else if (status != DALV_OK)
        world_fail(node->world, "node cannot read: %s", status_text(status));
    else if (intake.request != NULL) {
        keep_request(node, intake.request);
        step(node, (struct node_event){.type = NODE_FORWARDED,
                                       .request = intake.request});
    } else {
        step(node, (struct node_event){.type = NODE_ROUTER_SENT,
                                       .peer = wire->number,
                                       .message = &intake.message});
    }
    if (refusal != NULL)
        send(node, refusal);
    act(node);
}

static void on_cut(void *owner, struct wire *wire)
{
    struct node_process *node = owner;

    step(node,
         (struct node_event){.type = NODE_ROUTER_LOST, .peer = wire->number});
}

bool node_process_accept(struct node_process *node, struct wire *wire)
{
    if (!node->is_up)
        return false;
    wire->ends[WIRE_SERVER] = (struct wire_end){
        .owner = node, .on_parcel = on_parcel, .on_cut = on_cut};
    return true;
}

/* ---- Life ---- */

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

void node_process_kill(struct node_process *node, bool is_power_lost)
{
    if (!node->is_up)
        return;
    node->is_up = false;
    trace_put(&node->world->trace, node->world->now_us, "node ends power=%d",
              !is_power_lost);
    for (size_t i = 0; i < node->world->wires.count; i++) {
        struct wire *wire = node->world->wires.items[i];

        if (wire->ends[WIRE_SERVER].owner == node)
            wire_drop(wire, WIRE_SERVER);
    }
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
    put_moment(node, some_us(node, DOWN_US, DOWN_MORE_US), on_start);
}

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
        step(node, (struct node_event){.type = NODE_LED,
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
        put_moment(node, some_us(node, DOWN_US, DOWN_MORE_US), on_start);
        return;
    }
    memory_files_fail(node->disk.files, 0, MEMORY_FAULT_IO);
    node->is_up = true;
    node->is_round_due = false;
    node->is_checkpoint_ordered = false;
    node->tick_us = UINT64_MAX;
    make_core(node);
    lead_all(node);
    witness_take_log(&node->world->witness, node->disk.files);
    schedule_tick(node);
}
