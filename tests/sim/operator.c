#include "tests/sim/operator.h"

#include "base/assert.h"
#include "control/control_layout.h"
#include "control/operator_request.h"
#include "tests/sim/world.h"

enum {
    REQUESTS_MAX = OPERATOR_REQUESTS_MAX - 2, /* Of one world. */
    /* With fewer nodes one that is emptied leaves too few for all copies. */
    EMPTIED_NODES_MIN = 7,
};

/* Whoever asks knows when there was no answer, and may ask again: not here. */
static void ask(struct world *world, struct operator_request request)
{
    uint8_t memory[OPERATOR_REQUEST_BYTES_MAX + CONTROL_FRAME_BYTES];
    struct control_key key = control_key_request(request.id);
    struct control_change change = {.verb = CONTROL_PUT,
                                    .key = control_key_bytes(&key)};
    const struct control_transaction transaction = {&change, 1};
    struct writer writer;
    uint64_t revision;
    enum dalv_status status;

    writer_init(&writer, memory, sizeof(memory));
    control_frame_begin(&writer);
    status = operator_request_encode(&request, &writer);
    ASSERT(status == DALV_OK);
    control_frame_end(&writer, change.key);
    change.value = writer_bytes(&writer);
    status = control_store_commit(world->control, &transaction, &revision);
    ASSERT(status == DALV_OK);
}

void operator_ask_something(struct world *world)
{
    struct operator_request request = {
        .id = ++world->operator_count,
        .verb = OPERATOR_SWITCH,
        .state = OPERATOR_WAITING,
        .node = 1 + (uint32_t)prng_below(&world->prng, world->node_count),
        .partition = (uint32_t)prng_below(&world->prng, WORLD_PARTITIONS),
    };

    if (world->operator_count > REQUESTS_MAX)
        return;
    if (prng_chance(&world->prng, 1, 5))
        request.verb = OPERATOR_REBALANCE;
    if (world->node_count >= EMPTIED_NODES_MIN && !world->is_node_emptied &&
        prng_chance(&world->prng, 1, 5)) {
        request.verb = OPERATOR_EMPTY;
        world->is_node_emptied = true;
    }
    trace_put(&world->trace, world->now_us,
              "the operator asks for %d of node %u, partition %u",
              (int)request.verb, request.node, request.partition);
    ask(world, request);
}
