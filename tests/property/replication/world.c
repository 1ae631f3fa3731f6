#include "tests/property/replication/world.h"

#include "base/assert.h"
#include "base/buffer.h"
#include "proto/codec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *take(struct allocator *allocator, size_t size)
{
    (void)allocator;
    return malloc(size > 0 ? size : 1);
}

static void give(struct allocator *allocator, void *memory, size_t size)
{
    (void)allocator;
    (void)size;
    free(memory);
}

bool world_chance(struct world *world, uint32_t of_thousand)
{
    return prng_chance(&world->prng, of_thousand, 1000);
}

uint64_t world_below(struct world *world, uint64_t bound)
{
    return prng_below(&world->prng, bound);
}

void world_trace(const struct world *world, const char *format, ...)
{
    va_list arguments;

    if (!world->is_traced)
        return;
    (void)printf("%9.3f ", (double)world->now_us / 1000.0);
    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
}

/* What happens, in its order. */

static bool is_before(const struct happening *a, const struct happening *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->number < b->number;
}

static void exchange(struct happening *a, struct happening *b)
{
    struct happening c = *a;

    *a = *b;
    *b = c;
}

void world_put(struct world *world, uint64_t delay_us,
               const struct happening *happening)
{
    size_t place = world->heap_count;

    if (place == world->heap_capacity) {
        world->heap_capacity = world->heap_capacity * 2 + 256;
        world->heap =
            realloc(world->heap, world->heap_capacity * sizeof(*world->heap));
        ASSERT(world->heap != NULL);
    }
    world->heap[place] = *happening;
    world->heap[place].at_us = world->now_us + delay_us;
    world->heap[place].number = ++world->number;
    world->heap_count++;
    while (place > 0 &&
           is_before(&world->heap[place], &world->heap[(place - 1) / 2])) {
        exchange(&world->heap[place], &world->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
}

static struct happening take_next(struct world *world)
{
    struct happening first = world->heap[0];
    size_t place = 0;

    world->heap[0] = world->heap[--world->heap_count];
    for (;;) {
        size_t least = 2 * place + 1;

        if (least >= world->heap_count)
            return first;
        if (least + 1 < world->heap_count &&
            is_before(&world->heap[least + 1], &world->heap[least]))
            least++;
        if (!is_before(&world->heap[least], &world->heap[place]))
            return first;
        exchange(&world->heap[least], &world->heap[place]);
        place = least;
    }
}

static void dispose(struct happening *happening)
{
    free(happening->frame);
    free(happening->content);
}

/* What is held back. */

static void hold(struct world *world, const struct happening *happening)
{
    ASSERT(world->held_count < WORLD_HELD_MAX);
    world->held[world->held_count++] = *happening;
}

size_t world_deliver(struct world *world, uint32_t from, uint32_t to,
                     size_t max)
{
    size_t delivered = 0;
    size_t kept = 0;

    for (size_t i = 0; i < world->held_count; i++) {
        const struct happening *held = &world->held[i];

        if (delivered < max && held->from == from && held->to == to) {
            world_put(world, delivered++, held);
            continue;
        }
        world->held[kept++] = *held;
    }
    world->held_count = kept;
    return delivered;
}

/* The network. */

static uint8_t *copy_of(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.size + 1);

    ASSERT(copy != NULL);
    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return copy;
}

static uint64_t draw_delay(struct world *world, uint32_t from, uint32_t to)
{
    uint64_t delay_us = world->swarm.delay_us / 2 +
                        world_below(world, world->swarm.delay_us) +
                        world->slow_us[from][to];
    uint64_t at_us = world->now_us + delay_us;

    if (world->is_faulty && world_chance(world, world->swarm.reorder))
        return delay_us + world_below(world, 400000);
    if (at_us < world->link_us[from][to])
        at_us = world->link_us[from][to];
    world->link_us[from][to] = at_us;
    return at_us - world->now_us;
}

static struct happening copy_message(const struct happening *message)
{
    struct happening copy = *message;

    copy.frame = copy_of(bytes_make(message->frame, message->frame_size));
    copy.content = copy_of(bytes_make(message->content, message->content_size));
    return copy;
}

/* It takes what `message` owns, like world_put. */
static void post(struct world *world, const struct happening *message)
{
    if (world->is_faulty && world_chance(world, world->swarm.repeat)) {
        struct happening copy = copy_message(message);

        world_put(world,
                  draw_delay(world, message->from, message->to) +
                      world_below(world, 600000),
                  &copy);
    }
    world_put(world, draw_delay(world, message->from, message->to), message);
}

void world_send(struct world *world, uint32_t from, uint32_t to,
                const struct message *message, struct bytes content)
{
    struct happening happening = {.type = to <= WORLD_NODES_MAX ? AT_NODE
                                                                : AT_CONTROLLER,
                                  .to = to,
                                  .from = from};
    struct buffer frame;

    if (world->cut_until_us[from][to] > world->now_us ||
        (world->is_faulty && world_chance(world, world->swarm.loss)))
        return;
    buffer_init(&frame);
    ASSERT(codec_encode(message, &frame) == DALV_OK);
    happening.frame = copy_of(buffer_bytes(&frame));
    happening.frame_size = buffer_bytes(&frame).size;
    happening.content = copy_of(content);
    happening.content_size = content.size;
    buffer_deinit(&frame);
    switch (gates_deed(&world->gates, from, to, message->type)) {
    case GATE_PASSES:
        post(world, &happening);
        break;
    case GATE_COPIES:
        hold(world, &(struct happening){0});
        world->held[world->held_count - 1] = copy_message(&happening);
        post(world, &happening);
        break;
    case GATE_HOLDS:
        hold(world, &happening);
        break;
    case GATE_LOSES:
        dispose(&happening);
        break;
    }
}

/* Life. */

static struct world *make(uint64_t seed, bool is_traced)
{
    struct world *world = calloc(1, sizeof(*world));

    ASSERT(world != NULL);
    prng_init(&world->prng, seed);
    world->is_traced = is_traced;
    world->now_us = 1000000;
    world->allocator = (struct allocator){.take = take, .give = give};
    return world;
}

static void found_partition(struct world *world, uint32_t p)
{
    struct partition_record record = {.epoch = 1, .state = PARTITION_OPENING};

    for (uint32_t i = 0; i < world->swarm.copy_count; i++) {
        struct node *node =
            &world->nodes[(p + i) % world->swarm.node_count + 1];
        struct member member = {.node = node->id, .store = node->store};

        ASSERT(member_set_add(&record.joint.members, &member));
    }
    world_put_record(world, p, &record);
}

static void found(struct world *world)
{
    for (uint32_t i = 1; i <= world->swarm.node_count; i++) {
        struct node *node = &world->nodes[i];

        node->id = i;
        node->store.bytes[0] = (uint8_t)i;
        node->clock_rate =
            world->swarm.is_skewed ? 970 + world_below(world, 61) : 1000;
        node->clock_offset_us = 1000000 + world_below(world, 1000000000);
        node_start(world, node);
    }
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++)
        found_partition(world, p);
    for (uint32_t i = 0; i < WORLD_CONTROLLERS; i++)
        world->controllers[i].id = WORLD_NODES_MAX + 1 + i;
}

struct world *world_create(uint64_t seed, bool is_traced)
{
    struct world *world = make(seed, is_traced);

    world->is_faulty = true;
    faults_draw(world);
    found(world);
    world_let_go(world);
    world_put(world, 500000, &(struct happening){.type = FAULTS_STRIKE});
    return world;
}

struct world *world_create_still(uint64_t seed, bool is_traced,
                                 const struct swarm *swarm)
{
    struct world *world = make(seed, is_traced);

    world->swarm = *swarm;
    found(world);
    return world;
}

void world_let_go(struct world *world)
{
    for (uint32_t i = 0; i < WORLD_CONTROLLERS; i++)
        world_put(world, 10000 * (i + 1),
                  &(struct happening){.type = CONTROLLER_TICKS, .to = i});
    world_put(world, 1000, &(struct happening){.type = CLIENTS_WORK});
}

void world_put_record(struct world *world, uint32_t partition,
                      const struct partition_record *record)
{
    ASSERT(partition_record_check(record) == DALV_OK);
    ASSERT(partition_record_compare(record, &world->records[partition]) > 0);
    world->records[partition] = *record;
    world->revisions[partition]++;
    judge_record(&world->judge, partition, record);
    world_trace(world, "p%u epoch %lu.%lu %s by node %u", partition,
                (unsigned long)record->epoch, (unsigned long)record->change,
                record->state == PARTITION_LED ? "led" : "opening",
                record->master.node);
}

void world_destroy(struct world **world_p)
{
    struct world *world = *world_p;

    for (uint32_t i = 1; i <= WORLD_NODES_MAX; i++) {
        node_stop(world, &world->nodes[i]);
        disk_deinit(&world->nodes[i].disk);
    }
    while (world->heap_count > 0) {
        struct happening happening = take_next(world);

        dispose(&happening);
    }
    for (size_t i = 0; i < world->held_count; i++)
        dispose(&world->held[i]);
    free(world->heap);
    free(world);
    *world_p = NULL;
}

static void happen(struct world *world, struct happening *happening)
{
    switch (happening->type) {
    case AT_NODE:
    case LOG_SYNCED:
    case NODE_EVENT:
    case NODE_APPLIES:
    case NODE_TICKS:
    case NODE_STARTS:
        node_happens(world, &world->nodes[happening->to], happening);
        break;
    case AT_CONTROLLER:
        controller_happens(
            world, &world->controllers[happening->to - WORLD_NODES_MAX - 1],
            happening);
        break;
    case CONTROLLER_TICKS:
    case STORE_ANSWERED:
        controller_happens(world, &world->controllers[happening->to],
                           happening);
        break;
    case STORE_ASKED:
        control_store_happens(world, happening);
        break;
    case CLIENTS_WORK:
        clients_work(world);
        break;
    case FAULTS_STRIKE:
        faults_strike(world);
        break;
    }
}

void world_run(struct world *world, uint64_t until_us)
{
    while (world->heap[0].at_us <= until_us && world->judge.broken == NULL) {
        struct happening happening = take_next(world);

        world->now_us = happening.at_us;
        happen(world, &happening);
        dispose(&happening);
    }
    world->now_us = until_us;
}

void world_heal(struct world *world)
{
    world->is_faulty = false;
    world->swarm.proposals = 20; /* The smallest credit keeps up with them. */
    memset(world->cut_until_us, 0, sizeof(world->cut_until_us));
    memset(world->slow_us, 0, sizeof(world->slow_us));
    for (uint32_t i = 0; i < WORLD_CONTROLLERS; i++)
        world->controllers[i].paused_until_us = 0;
    for (uint32_t i = 1; i <= world->swarm.node_count; i++) {
        world->nodes[i].paused_until_us = 0;
        if (world->nodes[i].boot_id == 0)
            node_start(world, &world->nodes[i]);
    }
}
