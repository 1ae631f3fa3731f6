#include "tests/property/control_world.h"

#include "base/assert.h"
#include "control/cluster_init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FAULT_TICKS = 2500,
    QUIET_TICKS = 4000,
    PUT_BACK_TICKS = 400,
    STORE_DELAY_MS = 30,
    SKEW_MS = 5000,
    BUDGET_BYTES = 256 << 20,
    REPAIR_MS = 3000,
    REST_MS = 500,
    STILL_TICKS = 300, /* At the end nothing happens any more. */
    PAUSE_MS = 3000,
};

struct world *world_create(void)
{
    struct world *world = calloc(1, sizeof(*world));

    ASSERT(world != NULL);
    world->nodes = calloc(WORLD_NODES, sizeof(*world->nodes));
    world->memory = malloc(CONTROL_ANSWER_BYTES_MAX);
    ASSERT(world->nodes != NULL && world->memory != NULL);
    budget_init(&world->budget, BUDGET_BYTES);
    for (size_t i = 0; i < WORLD_CONTROLLERS; i++) {
        for (size_t j = 0; j < CONTROLLER_LANES; j++) {
            struct world_lane *lane = &world->controllers[i].lanes[j];

            lane->memory = malloc(CONTROL_ANSWER_BYTES_MAX);
            ASSERT(lane->memory != NULL);
        }
    }
    return world;
}

void world_destroy(struct world **world_p)
{
    struct world *world = *world_p;

    *world_p = NULL;
    for (size_t i = 0; i < WORLD_CONTROLLERS; i++) {
        for (size_t j = 0; j < CONTROLLER_LANES; j++)
            free(world->controllers[i].lanes[j].memory);
    }
    free(world->nodes);
    free(world->memory);
    free(world);
}

void world_fail(struct world *world, const char *wrong, uint32_t partition)
{
    if (world->wrong != NULL)
        return;
    world->wrong = wrong;
    world->wrong_partition = partition;
}

/* Controllers. */

static void begin_controller(struct world *world, size_t place)
{
    struct world_controller *one = &world->controllers[place];
    struct controller_options options = {
        .id = prng_next(&world->prng) | 1,
        .name = place == 0 ? "first" : "second",
        .term_ms = 1000,
        .repair_ms = REPAIR_MS,
        .rest_ms = REST_MS,
    };

    ASSERT(controller_create(&options, &world->budget.allocator,
                             &one->controller) == DALV_OK);
    one->skew_ms = prng_below(&world->prng, SKEW_MS);
    one->paused_ms = 0;
    for (size_t i = 0; i < CONTROLLER_LANES; i++) {
        one->lanes[i].is_waiting = false;
        control_answer_init(&one->lanes[i].answer, one->lanes[i].memory);
    }
}

void world_controller_step(struct world *world, size_t place,
                           const struct controller_event *event)
{
    struct world_controller *one = &world->controllers[place];
    struct controller_effects *effects = &world->effects;

    controller_step(one->controller, event, effects);
    for (size_t i = 0; i < CONTROLLER_LANES; i++) {
        struct world_lane *lane = &one->lanes[i];

        if (effects->questions[i] == NULL)
            continue;
        ASSERT(!lane->is_waiting);
        lane->question = *effects->questions[i];
        lane->is_waiting = true;
        lane->is_done = false;
        lane->due_ms =
            world->now_ms + 1 + prng_below(&world->prng, STORE_DELAY_MS);
    }
    for (size_t i = 0; i < effects->message_count; i++) {
        struct world_letter letter = {
            .is_to_node = true,
            .node = effects->messages[i].node,
            .controller = place,
            .message = effects->messages[i].message,
        };

        world_post(world, &letter);
    }
}

static enum memory_control_fault draw_fault(struct world *world)
{
    if (world->is_quiet)
        return MEMORY_CONTROL_NONE;
    switch (prng_below(&world->prng, 32)) {
    case 0:
        return MEMORY_CONTROL_DOWN;
    case 1:
        return MEMORY_CONTROL_DEAF;
    case 2:
        return MEMORY_CONTROL_MUTE;
    case 3:
        return MEMORY_CONTROL_SLOW;
    default:
        return MEMORY_CONTROL_NONE;
    }
}

static void ask_store(struct world *world, struct world_controller *one,
                      struct world_lane *lane)
{
    const struct control_question *question = &lane->question;
    struct control_reply *reply = &lane->reply;

    *reply = (struct control_reply){.answer = &lane->answer};
    memory_control_fault(world->control, draw_fault(world));
    switch (question->type) {
    case CONTROL_GET:
        reply->status =
            control_store_get(one->store, question->key, &lane->answer);
        break;
    case CONTROL_LIST:
        reply->status = control_store_list(one->store, question->key,
                                           question->after, &lane->answer);
        break;
    case CONTROL_COMMIT:
        reply->status = control_store_commit(one->store, &question->transaction,
                                             &reply->revision);
        world->unsure_count += reply->status == DALV_UNKNOWN ? 1 : 0;
        break;
    }
    memory_control_fault(world->control, MEMORY_CONTROL_NONE);
    world_judge_store(world);
}

static void move_lane(struct world *world, size_t place,
                      enum controller_lane lane_number)
{
    struct world_controller *one = &world->controllers[place];
    struct world_lane *lane = &one->lanes[lane_number];
    struct controller_event event = {.type = CONTROLLER_REPLIED,
                                     .now_ms = world->now_ms + one->skew_ms,
                                     .lane = lane_number,
                                     .reply = &lane->reply};

    if (!lane->is_waiting || world->now_ms < lane->due_ms)
        return;
    if (!lane->is_done) {
        ask_store(world, one, lane);
        lane->is_done = true;
        lane->due_ms =
            world->now_ms + 1 + prng_below(&world->prng, STORE_DELAY_MS);
    } else if (world->now_ms >= one->paused_ms) {
        lane->is_waiting = false;
        world_controller_step(world, place, &event);
    }
}

static void tick_controllers(struct world *world)
{
    for (size_t i = 0; i < WORLD_CONTROLLERS; i++) {
        struct world_controller *one = &world->controllers[i];
        struct controller_event event = {
            .type = CONTROLLER_TICKED, .now_ms = world->now_ms + one->skew_ms};

        move_lane(world, i, CONTROLLER_COUNTER);
        move_lane(world, i, CONTROLLER_MAP);
        if (world->now_ms >= one->paused_ms)
            world_controller_step(world, i, &event);
    }
}

/* Faults. */

static bool happens(struct world *world, uint32_t once_in_ticks)
{
    return prng_chance(&world->prng, 1, once_in_ticks);
}

static uint64_t some_time(struct world *world)
{
    return world->now_ms + prng_below(&world->prng, PAUSE_MS);
}

static bool are_all_up(const struct world *world)
{
    for (size_t i = 0; i < WORLD_NODES; i++) {
        if (!world->nodes[i].is_up)
            return false;
    }
    return true;
}

/* One disk of a cluster that is whole: more would lose data, rightly. */
static void wipe_one(struct world *world)
{
    uint32_t node = 1 + (uint32_t)prng_below(&world->prng, WORLD_NODES);

    if (world->was_wiped || !are_all_up(world))
        return;
    world->was_wiped = true;
    world_node_wipe(world, node);
}

static void trouble_nodes(struct world *world)
{
    for (uint32_t i = 1; i <= WORLD_NODES; i++) {
        struct world_node *node = &world->nodes[i - 1];

        if (!node->is_up && happens(world, 80))
            world_node_start(world, i);
        else if (node->is_up && happens(world, 600))
            node->is_up = false;
        if (happens(world, 800))
            node->paused_ms = some_time(world);
        if (happens(world, 500))
            node->is_deaf = !node->is_deaf;
    }
    if (happens(world, 2000))
        wipe_one(world);
}

static void trouble_controllers(struct world *world)
{
    for (size_t i = 0; i < WORLD_CONTROLLERS; i++) {
        if (happens(world, 800))
            world->controllers[i].paused_ms = some_time(world);
        if (happens(world, 1500)) {
            controller_destroy(&world->controllers[i].controller);
            begin_controller(world, i);
        }
    }
    if (happens(world, 50)) {
        memory_control_deliver(world->control);
        world_judge_store(world);
    }
}

static void ask_as_operator(struct world *world)
{
    struct operator_request request = {
        .id = world->now_ms,
        .verb = (enum operator_verb)(1 + prng_below(&world->prng, 4)),
        .state = OPERATOR_WAITING,
        .node = 1 + (uint32_t)prng_below(&world->prng, WORLD_NODES),
        .partition = (uint32_t)prng_below(&world->prng, WORLD_PARTITIONS),
    };
    uint8_t memory[CONTROL_FRAME_BYTES + OPERATOR_REQUEST_BYTES_MAX];
    struct control_key key = control_key_request(request.id);
    struct control_change change = {.verb = CONTROL_PUT,
                                    .key = control_key_bytes(&key)};
    struct control_transaction transaction = {&change, 1};
    struct writer writer;
    uint64_t revision = 0;

    writer_init(&writer, memory, sizeof(memory));
    control_frame_begin(&writer);
    ASSERT(operator_request_encode(&request, &writer) == DALV_OK);
    control_frame_end(&writer, change.key);
    change.value = writer_bytes(&writer);
    ASSERT(control_store_commit(world->judge, &transaction, &revision) ==
           DALV_OK);
}

static void make_trouble(struct world *world)
{
    trouble_nodes(world);
    trouble_controllers(world);
    if (happens(world, 300))
        ask_as_operator(world);
}

static void end_trouble(struct world *world)
{
    world->is_quiet = true;
    memory_control_deliver(world->control);
    world_judge_store(world);
    for (uint32_t i = 1; i <= WORLD_NODES; i++) {
        world->nodes[i - 1].paused_ms = 0;
        world->nodes[i - 1].is_deaf = false;
        if (!world->nodes[i - 1].is_up)
            world_node_start(world, i);
    }
    for (size_t i = 0; i < WORLD_CONTROLLERS; i++)
        world->controllers[i].paused_ms = 0;
}

/* A life. */

static void found(struct world *world)
{
    static struct cluster_node nodes[WORLD_NODES];
    static struct cluster_init init;

    init = (struct cluster_init){
        .head = {.partition_count = WORLD_PARTITIONS,
                 .replica_count = 3,
                 .feature_level = 1},
        .policy = cluster_policy_default(),
        .nodes = nodes,
        .node_count = WORLD_NODES,
    };
    (void)snprintf(init.head.cluster_id, sizeof(init.head.cluster_id), "test");
    for (uint32_t i = 0; i < WORLD_NODES; i++) {
        nodes[i] = (struct cluster_node){.id = i + 1,
                                         .state = CLUSTER_NODE_JOINING,
                                         .weight = CLUSTER_WEIGHT_NORMAL};
        (void)snprintf(nodes[i].name, sizeof(nodes[i].name), "n%u", i + 1);
        (void)snprintf(nodes[i].address, sizeof(nodes[i].address),
                       "127.0.0.1:%u", 7000 + i);
    }
    ASSERT(cluster_init(world->judge, &init, &world->budget.allocator) ==
           DALV_OK);
}

static void begin_life(struct world *world, uint64_t seed)
{
    prng_init(&world->prng, seed);
    world->now_ms = 1000;
    world->is_quiet = false;
    world->was_wiped = false;
    world->is_put_back = false;
    world->wrong = NULL;
    world->epoch_count = 0;
    world->commit_count = 0;
    world->unsure_count = 0;
    memset(world->seen, 0, sizeof(world->seen));
    memset(world->committed_length, 0, sizeof(world->committed_length));
    memset(world->near, 0, sizeof(world->near));
    world->control = memory_control_create();
    world->judge = memory_control_open(world->control);
    control_answer_init(&world->answer, world->memory);
    found(world);
    for (uint32_t i = 1; i <= WORLD_NODES; i++) {
        world_node_wipe(world, i);
        world_node_start(world, i);
    }
    for (size_t i = 0; i < WORLD_CONTROLLERS; i++) {
        world->controllers[i].store = memory_control_open(world->control);
        begin_controller(world, i);
    }
}

static void end_life(struct world *world)
{
    world_drop_letters(world);
    for (size_t i = 0; i < WORLD_CONTROLLERS; i++) {
        controller_destroy(&world->controllers[i].controller);
        control_store_close(&world->controllers[i].store);
    }
    control_store_close(&world->judge);
    memory_control_destroy(&world->control);
    if (world->budget.bytes_used != 0)
        world_fail(world, "memory was not given back", 0);
}

static void live(struct world *world, unsigned ticks)
{
    for (unsigned i = 0; i < ticks && world->wrong == NULL; i++) {
        world->now_ms += WORLD_TICK_MS;
        world_deliver(world);
        world_nodes_tick(world);
        tick_controllers(world);
    }
}

/*
 * A backup of the control store is put back after masters have changed: of what
 * it has forgotten nothing may be changed any more.
 */
static void put_back(struct world *world)
{
    static struct partition_record old[WORLD_PARTITIONS];
    uint32_t node = 1 + (uint32_t)prng_below(&world->prng, WORLD_NODES);

    memory_control_save(world->control);
    memcpy(old, world->seen, sizeof(old));
    world_node_start(world, node);
    live(world, PUT_BACK_TICKS);
    memory_control_restore(world->control);
    world_judge_put_back(world, old);
    live(world, PUT_BACK_TICKS);
    world_judge_put_back(world, old);
}

const char *world_run(struct world *world, uint64_t seed)
{
    uint64_t still_epochs = 0;

    begin_life(world, seed);
    for (unsigned i = 0; i < FAULT_TICKS + QUIET_TICKS; i++) {
        world->now_ms += WORLD_TICK_MS;
        if (i < FAULT_TICKS)
            make_trouble(world);
        else if (i == FAULT_TICKS)
            end_trouble(world);
        else if (i == FAULT_TICKS + QUIET_TICKS - STILL_TICKS)
            still_epochs = world->epoch_count;
        world_deliver(world);
        world_nodes_tick(world);
        tick_controllers(world);
        if (world->wrong != NULL)
            break;
    }
    if (world->wrong == NULL)
        world_judge_end(world);
    if (world->wrong == NULL && world->epoch_count != still_epochs)
        world_fail(world, "epochs are opened though all is well", 0);
    if (world->wrong == NULL)
        put_back(world);
    end_life(world);
    return world->wrong;
}
