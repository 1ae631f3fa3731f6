#include "tests/sim/node_process.h"

#include "base/assert.h"
#include "tests/sim/node_internal.h"
#include "tests/sim/world.h"

#include <stdlib.h>

enum {
    LOG_US = 300, /* Of one batch, at least, ... */
    LOG_MORE_US = 3000,
    INDEX_US = 50,
    INDEX_MORE_US = 400,
    ROUND_US = 200,
    CHECKPOINT_GROUPS = 40,
};

/* ---- Moments ---- */

void node_put_moment(struct node_process *node, uint64_t delay_us,
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

static void on_round(void *owner, struct moment *moment);

void node_step(struct node_process *node, struct node_event event)
{
    tell(node, event);
    act(node);
    if (!node->is_round_due && event.type != NODE_ROUND_ENDED) {
        node->is_round_due = true;
        node_put_moment(node, prng_below(&node->world->prng, ROUND_US),
                        on_round);
    }
    node_schedule_tick(node);
}

static void on_round(void *owner, struct moment *moment)
{
    struct node_process *node = owner;

    if (is_late(node, moment))
        return;
    node_step(node, (struct node_event){.type = NODE_ROUND_ENDED});
    node->is_round_due = false;
}

static void on_tick(void *owner, struct moment *moment)
{
    struct node_process *node = owner;

    if (is_late(node, moment))
        return;
    node->tick_us = UINT64_MAX;
    node_step(node, (struct node_event){.type = NODE_TICKED});
}

void node_schedule_tick(struct node_process *node)
{
    uint64_t due_ms = node_core_next_deadline_ms(node->core);
    uint64_t now_us = node->world->now_us;
    uint64_t due_us = due_ms == UINT64_MAX ? UINT64_MAX : due_ms * 1000;

    if (due_us >= node->tick_us)
        return;
    node->tick_us = due_us > now_us ? due_us : now_us + 1000;
    node_put_moment(node, node->tick_us - now_us, on_tick);
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
        node_step(node, index_order_event(order));
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
    node_put_moment(node, some_us(node, INDEX_US, INDEX_MORE_US),
                    on_index_done);
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
    node_step(node, (struct node_event){.type = NODE_COMMITTED,
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
    node_put_moment(node, some_us(node, INDEX_US, INDEX_MORE_US), on_log_told);
}

static void start_log(struct node_process *node)
{
    struct order_queue *queue = &node->log_queue;

    if (queue->running > 0 || queue->count == 0)
        return;
    queue->running = 1 + (size_t)prng_below(&node->world->prng, queue->count);
    node_put_moment(node, some_us(node, LOG_US, LOG_MORE_US), on_log_done);
}

/* ---- Routers ---- */

static void on_parcel(void *owner, struct wire *wire, struct parcel **parcel_p)
{
    struct node_process *node = owner;
    struct gateway_intake intake;
    struct parcel *refusal = NULL;
    enum dalv_status status;

    if (node->is_stopping)
        return;
    parcel_set_peer(*parcel_p, wire->number);
    status = gateway_take(node->gateway, *parcel_p, node->world->now_us / 1000,
                          &intake);
    if (status == DALV_BUSY)
        refusal = gateway_refuse(*parcel_p, &intake.message, status);
    else if (status != DALV_OK)
        world_fail(node->world, "node cannot read: %s", status_text(status));
    else if (intake.request != NULL) {
        keep_request(node, intake.request);
        node_step(node, (struct node_event){.type = NODE_FORWARDED,
                                            .request = intake.request});
    } else {
        node_step(node, (struct node_event){.type = NODE_ROUTER_SENT,
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

    node_step(node, (struct node_event){.type = NODE_ROUTER_LOST,
                                        .peer = wire->number});
}

bool node_process_accept(struct node_process *node, struct wire *wire)
{
    if (!node->is_up)
        return false;
    wire->ends[WIRE_SERVER] = (struct wire_end){
        .owner = node, .on_parcel = on_parcel, .on_cut = on_cut};
    return true;
}
