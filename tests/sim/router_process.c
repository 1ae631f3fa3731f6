#include "tests/sim/router_process.h"

#include "base/assert.h"
#include "cluster/cluster_map.h"
#include "proto/codec.h"
#include "proto/frame.h"
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CONNECT_US = 20000, /* To the node, between attempts. */
    CONNECT_MORE_US = 200000,
    DOWN_MORE_US = 2000000,
    SESSIONS_MAX = 64,
    PENDING_MAX = 256,
    DEADLINE_MS = 2000,
    FRAME_BYTES_MAX = 8 << 20,
    NODE_ID = 1,
    MAP_BYTES = 1 << 20,
};

static void put_moment(struct router_process *router, uint64_t delay_us,
                       moment_runner *run)
{
    schedule_put(&router->world->schedule,
                 (struct moment){.at_us = router->world->now_us + delay_us,
                                 .run = run,
                                 .owner = router,
                                 .number = router->life});
}

static bool is_late(const struct router_process *router,
                    const struct moment *moment)
{
    return !router->is_up || moment->number != router->life;
}

/* ---- Effects ---- */

/* The core is told once all effects of its step are carried out, as in
   router/shell.c. */
static void fail(struct router_process *router, struct router_event event)
{
    ASSERT(router->failure_count < ROUTER_EFFECTS_MAX);
    router->failures[router->failure_count++] = event;
}

static void send_to_client(struct router_process *router, uint64_t peer,
                           struct parcel *parcel)
{
    struct wire *wire = wires_find(&router->world->wires, peer);

    if (wire != NULL && wire_send(wire, WIRE_CLIENT, &parcel))
        return;
    parcel_destroy(&parcel);
    fail(router,
         (struct router_event){.type = ROUTER_CLIENT_LOST, .peer = peer});
}

static bool send_to_node(struct router_process *router,
                         struct parcel **parcel_p)
{
    if (router->node != NULL)
        return wire_send(router->node, WIRE_SERVER, parcel_p);
    parcel_destroy(parcel_p);
    return false;
}

static struct parcel *encode(struct router_process *router,
                             const struct message *message)
{
    struct parcel *parcel = parcel_create(PARCEL_ONLY_PEER);
    enum dalv_status status;

    buffer_clear(&router->frame);
    status = codec_encode(message, &router->frame);
    ASSERT(status == DALV_OK);
    parcel_push_back(parcel, buffer_bytes(&router->frame));
    return parcel;
}

static void fail_forward(struct router_process *router, uint32_t number)
{
    fail(router, (struct router_event){.type = ROUTER_FORWARD_FAILED,
                                       .request = number,
                                       .status = DALV_UNAVAILABLE});
}

/* The parcel that the client's frame came in, or a new one with one kept. */
static struct parcel *parcel_for(struct bytes frame, struct parcel **parcel_p)
{
    struct parcel *parcel;

    if (parcel_p != NULL && *parcel_p != NULL &&
        parcel_frame(*parcel_p, 0).data == frame.data) {
        parcel = *parcel_p;
        *parcel_p = NULL;
        return parcel;
    }
    parcel = parcel_create(PARCEL_ONLY_PEER);
    parcel_push_back(parcel, frame);
    return parcel;
}

static void forward(struct router_process *router,
                    const struct router_effect *effect,
                    struct parcel **parcel_p)
{
    struct parcel *parcel = parcel_for(effect->frame, parcel_p);
    enum dalv_status status;

    buffer_clear(&router->frame);
    status = codec_encode(&effect->message, &router->frame);
    ASSERT(status == DALV_OK);
    parcel_push_front(parcel, buffer_bytes(&router->frame));
    if (!send_to_node(router, &parcel))
        fail_forward(router, effect->message.request);
}

static void ask_node(struct router_process *router,
                     const struct message *message)
{
    struct parcel *parcel = encode(router, message);

    if (send_to_node(router, &parcel))
        return;
    if (message->type == MESSAGE_VOUCH)
        fail(router, (struct router_event){.type = ROUTER_VOUCH_FAILED,
                                           .node = NODE_ID,
                                           .session = message->vouch.number});
    else if (message->request != 0)
        fail_forward(router, message->request);
}

static void pass_answer(struct router_process *router, uint64_t peer,
                        struct parcel **parcel_p)
{
    struct parcel *parcel;

    ASSERT(parcel_p != NULL);
    parcel = *parcel_p;
    *parcel_p = NULL;
    parcel_pop_front(parcel);
    send_to_client(router, peer, parcel);
}

static void act(struct router_process *router,
                const struct router_effect *effect, struct parcel **parcel_p)
{
    switch (effect->type) {
    case ROUTER_ANSWER:
        send_to_client(router, effect->peer, encode(router, &effect->message));
        break;
    case ROUTER_PASS_ANSWER:
        pass_answer(router, effect->peer, parcel_p);
        break;
    case ROUTER_ASK:
    case ROUTER_ASK_ALL:
        ask_node(router, &effect->message);
        break;
    case ROUTER_FORWARD:
        forward(router, effect, parcel_p);
        break;
    case ROUTER_FORWARD_WATCH: /* Never: one node leads everything. */
        ASSERT(false);
        break;
    case ROUTER_FETCH_MAP: /* There is only the one. */
        break;
    }
}

/* ---- Steps ---- */

static void on_tick(void *owner, struct moment *moment);

static void schedule_tick(struct router_process *router)
{
    uint64_t due_ms = router_core_next_deadline_ms(router->core);
    uint64_t now_us = router->world->now_us;
    uint64_t due_us = due_ms == UINT64_MAX ? UINT64_MAX : due_ms * 1000;

    if (due_us >= router->tick_us)
        return;
    router->tick_us = due_us > now_us ? due_us : now_us + 1000;
    put_moment(router, router->tick_us - now_us, on_tick);
}

static void step_once(struct router_process *router, struct router_event event,
                      struct parcel **parcel_p)
{
    struct router_effects effects;

    event.now_ms = router->world->now_us / 1000;
    event.wall_us = world_server_wall_us(router->world);
    router_core_step(router->core, &event, &effects);
    for (size_t i = 0; i < effects.count; i++)
        act(router, &effects.items[i], parcel_p);
}

static void tell_failures(struct router_process *router)
{
    while (router->failure_count > 0)
        step_once(router, router->failures[--router->failure_count], NULL);
}

static void step(struct router_process *router, struct router_event event,
                 struct parcel **parcel_p)
{
    step_once(router, event, parcel_p);
    tell_failures(router);
    schedule_tick(router);
}

static void on_tick(void *owner, struct moment *moment)
{
    struct router_process *router = owner;

    if (is_late(router, moment))
        return;
    router->tick_us = UINT64_MAX;
    step(router, (struct router_event){.type = ROUTER_TICKED}, NULL);
}

/* ---- The node ---- */

static void on_connect(void *owner, struct moment *moment);

static void connect_later(struct router_process *router)
{
    put_moment(router,
               CONNECT_US + prng_below(&router->world->prng, CONNECT_MORE_US),
               on_connect);
}

static void on_node_parcel(void *owner, struct wire *wire,
                           struct parcel **parcel_p)
{
    struct router_process *router = owner;
    struct message message;
    struct frame answer = {.type = 0};
    struct arena arena;
    enum dalv_status status;

    if (wire != router->node)
        return;
    arena_init(&arena, router->world->arena_block, CODEC_ARENA_BYTES_MAX);
    status = codec_decode(parcel_frame(*parcel_p, 0), &arena, &message);
    if (status == DALV_OK && message.type == MESSAGE_ANSWERED)
        status = frame_decode(parcel_frame(*parcel_p, 1), &answer);
    if (status != DALV_OK) {
        world_fail(router->world, "router cannot read: %s",
                   status_text(status));
        return;
    }
    step(router,
         (struct router_event){.type = ROUTER_NODE_SENT,
                               .node = NODE_ID,
                               .message = &message,
                               .answer_type = answer.type},
         parcel_p);
}

static void on_node_cut(void *owner, struct wire *wire)
{
    struct router_process *router = owner;

    if (wire != router->node)
        return;
    router->node = NULL;
    step(router,
         (struct router_event){.type = ROUTER_NODE_LOST, .node = NODE_ID},
         NULL);
    connect_later(router);
}

static void on_connect(void *owner, struct moment *moment)
{
    struct router_process *router = owner;
    struct wire *wire;

    if (is_late(router, moment) || router->node != NULL)
        return;
    wire = wires_add(&router->world->wires);
    if (!node_process_accept(&router->world->node, wire)) {
        wire->is_open = false;
        connect_later(router);
        return;
    }
    wire->ends[WIRE_CLIENT] = (struct wire_end){
        .owner = router, .on_parcel = on_node_parcel, .on_cut = on_node_cut};
    router->node = wire;
    step(router,
         (struct router_event){.type = ROUTER_NODE_CONNECTED, .node = NODE_ID},
         NULL);
}

/* ---- Clients ---- */

static void refuse_frame(struct router_process *router, uint64_t peer,
                         struct bytes bytes, enum dalv_status status)
{
    struct message refused = {
        .type = MESSAGE_REFUSED,
        .refused = {.status = status,
                    .text = bytes_from_text(status_text(status))},
    };
    struct frame frame;

    if (frame_decode(bytes, &frame) != DALV_OK)
        return;
    refused.request = frame.request;
    send_to_client(router, peer, encode(router, &refused));
    tell_failures(router);
}

static void on_client_parcel(void *owner, struct wire *wire,
                             struct parcel **parcel_p)
{
    struct router_process *router = owner;
    struct bytes frame = parcel_frame(*parcel_p, 0);
    struct message message;
    struct arena arena;
    enum dalv_status status;

    parcel_set_peer(*parcel_p, wire->number);
    arena_init(&arena, router->world->arena_block, CODEC_ARENA_BYTES_MAX);
    status = codec_decode(frame, &arena, &message);
    if (status != DALV_OK) {
        refuse_frame(router, wire->number, frame, status);
        return;
    }
    step(router,
         (struct router_event){.type = ROUTER_CLIENT_SENT,
                               .peer = wire->number,
                               .is_device_port = wire->is_device,
                               .message = &message,
                               .frame = frame},
         parcel_p);
}

static void on_client_cut(void *owner, struct wire *wire)
{
    step(
        owner,
        (struct router_event){.type = ROUTER_CLIENT_LOST, .peer = wire->number},
        NULL);
}

bool router_process_accept(struct router_process *router, struct wire *wire)
{
    if (!router->is_up)
        return false;
    wire->ends[WIRE_SERVER] = (struct wire_end){.owner = router,
                                                .on_parcel = on_client_parcel,
                                                .on_cut = on_client_cut};
    return true;
}

/* ---- Life ---- */

void router_process_init(struct router_process *router, struct world *world,
                         unsigned number)
{
    *router = (struct router_process){.world = world};
    (void)snprintf(router->name, sizeof(router->name), "router-%u", number);
    pool_init(&router->pool);
    buffer_init(&router->frame);
}

/* Of the one node, which leads everything. */
static void tell_map(struct router_process *router)
{
    static const struct cluster_head head = {.version = {1, 1},
                                             .cluster_id = "sim",
                                             .partition_count =
                                                 NODE_PROCESS_PARTITIONS,
                                             .replica_count = 1};
    static const struct cluster_node node = {.id = NODE_ID,
                                             .state = CLUSTER_NODE_ACTIVE,
                                             .name = "n1",
                                             .address = "sim",
                                             .weight = 1,
                                             .store = {{1}},
                                             .boot_number = 1};
    void *block = malloc(MAP_BYTES);
    struct cluster_map map;
    struct arena arena;
    enum dalv_status status;

    ASSERT(block != NULL);
    arena_init(&arena, block, MAP_BYTES);
    status = cluster_map_init(&map, &head, &arena);
    ASSERT(status == DALV_OK);
    cluster_map_set_alone(&map, &node, 1);
    step(router, (struct router_event){.type = ROUTER_MAP_LEARNT, .map = &map},
         NULL);
    free(block);
}

void router_process_start(struct router_process *router)
{
    struct world *world = router->world;
    const struct router_options options = {
        .router_id = bytes_from_text(router->name),
        .cluster_id = bytes_from_text("sim"),
        .boot_session = ++router->life,
        .session_max = SESSIONS_MAX,
        .pending_max = PENDING_MAX,
        .deadline_ms = DEADLINE_MS,
        .frame_bytes_max = FRAME_BYTES_MAX,
        .token_judge = &world->token_judge,
        .allocator = &router->pool.allocator,
    };

    router->is_up = true;
    router->node = NULL;
    router->tick_us = UINT64_MAX;
    router->core = router_core_create(&options);
    ASSERT(router->core != NULL);
    tell_map(router);
    trace_put(&world->trace, world->now_us, "%s starts", router->name);
    connect_later(router);
}

void router_process_kill(struct router_process *router)
{
    struct wires *wires = &router->world->wires;

    if (!router->is_up)
        return;
    router->is_up = false;
    trace_put(&router->world->trace, router->world->now_us, "%s ends",
              router->name);
    for (size_t i = 0; i < wires->count; i++) {
        if (wires->items[i]->ends[WIRE_SERVER].owner == router)
            wire_drop(wires->items[i], WIRE_SERVER);
        if (wires->items[i]->ends[WIRE_CLIENT].owner == router)
            wire_drop(wires->items[i], WIRE_CLIENT);
    }
    router_core_destroy(&router->core);
    ASSERT(router->pool.block_count == 0);
    pool_clear(&router->pool);
}

static void on_start(void *owner, struct moment *moment)
{
    struct router_process *router = owner;

    if (!router->is_up && moment->number == router->life)
        router_process_start(router);
}

void router_process_restart(struct router_process *router)
{
    if (!router->is_up)
        return;
    router_process_kill(router);
    put_moment(router, prng_below(&router->world->prng, DOWN_MORE_US),
               on_start);
}

void router_process_deinit(struct router_process *router)
{
    router_process_kill(router);
    buffer_deinit(&router->frame);
}
