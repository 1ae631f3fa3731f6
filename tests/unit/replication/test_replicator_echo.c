/*
 * A pair of nodes that shares more partitions than one message may list: an
 * echo leaves only with the last of the messages, behind everything that says
 * for which partitions it counts. This node is 2 as a slave, 1 as a master.
 */
#include "base/assert.h"
#include "base/bounds.h"
#include "replication/replicator.h"
#include "tests/support/suite.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>

enum {
    PARTITIONS = BOUNDS_PARTITIONS_LISTED_MAX + 88,
    MESSAGES_MAX = 8,
    MASTER = 1,
    SLAVE = 2,
    BOOT = 100, /* Of each node, and its number. */
    SESSION = 1,
    STAMP = 777,
};

/* What a message to the peer listed, and the echo that it brought along. */
struct said {
    size_t part_count;
    uint64_t echo;
};

struct scene {
    struct allocator allocator;
    struct replicator *replicator;
    struct replicator_effects *effects;
    uint32_t self;
    uint64_t now_us;
    struct said said[MESSAGES_MAX]; /* Since the last round began. */
    size_t said_count;
};

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

static struct member on_node(uint32_t node)
{
    struct member member = {.node = node};

    member.store.bytes[0] = (uint8_t)node;
    return member;
}

static void note(struct scene *scene, const struct message *message)
{
    struct said said = {0};

    if (message->type == MESSAGE_STREAM)
        said = (struct said){message->stream.part_count, message->stream.echo};
    else if (message->type == MESSAGE_STREAMED)
        said =
            (struct said){message->streamed.part_count, message->streamed.echo};
    else
        return;
    ASSERT(scene->said_count < MESSAGES_MAX);
    scene->said[scene->said_count++] = said;
}

/* Gives the last ticket that was ordered to the log, 0 for none. */
static uint64_t step_once(struct scene *scene, struct replicator_event event)
{
    uint64_t ticket = 0;

    event.now_us = scene->now_us;
    replicator_effects_clear(scene->effects);
    replicator_step(scene->replicator, &event, scene->effects);
    for (size_t i = 0; i < scene->effects->count; i++) {
        const struct replicator_effect *effect = &scene->effects->items[i];

        if (effect->type == REPLICATOR_SEND)
            note(scene, &effect->message);
        if (effect->ticket > ticket)
            ticket = effect->ticket;
    }
    return ticket;
}

/* One event; what is ordered to the log is durable at once. */
static void step(struct scene *scene, struct replicator_event event)
{
    uint64_t ticket = step_once(scene, event);

    while (ticket > 0)
        ticket =
            step_once(scene, (struct replicator_event){
                                 .type = REPLICATOR_LOGGED, .ticket = ticket});
}

static void end_round(struct scene *scene)
{
    scene->said_count = 0;
    do
        step(scene, (struct replicator_event){.type = REPLICATOR_ROUND_ENDED});
    while (scene->effects->is_more);
}

static void hear(struct scene *scene, const struct message *message)
{
    step(scene, (struct replicator_event){.type = REPLICATOR_PEER_SENT,
                                          .message = message});
}

static void learn(struct scene *scene, uint64_t epoch, uint32_t master)
{
    struct partition_record record = {.epoch = epoch,
                                      .state = PARTITION_LED,
                                      .master = on_node(master),
                                      .master_boot = BOOT + master};

    for (uint32_t node = 1; node <= 3; node++) {
        struct member member = on_node(node);

        ASSERT(member_set_add(&record.joint.members, &member));
    }
    for (uint32_t p = 0; p < PARTITIONS; p++)
        step(scene, (struct replicator_event){.type = REPLICATOR_RECORD_LEARNT,
                                              .partition = p,
                                              .record = &record});
}

static void begin(struct scene *scene, uint32_t self)
{
    struct replicator_options options = {.self = on_node(self),
                                         .boot_id = BOOT + self,
                                         .partition_count = PARTITIONS,
                                         .lease_us = 300000,
                                         .beat_us = 60000,
                                         .silence_us = 500000,
                                         .credit_bytes = 1000};

    *scene = (struct scene){.allocator = {.take = take, .give = give},
                            .self = self,
                            .now_us = 1000};
    options.allocator = &scene->allocator;
    options.now_us = scene->now_us;
    scene->effects = malloc(sizeof(*scene->effects));
    scene->replicator = replicator_create(&options);
    ASSERT(scene->effects != NULL && scene->replicator != NULL);
    learn(scene, 1, MASTER);
    end_round(scene);
}

static void end(struct scene *scene)
{
    replicator_destroy(&scene->replicator);
    free(scene->effects);
}

static void expect_echo_last(const struct scene *scene, uint64_t echo_before)
{
    CU_ASSERT_EQUAL_FATAL(scene->said_count, 2);
    CU_ASSERT_EQUAL(scene->said[0].part_count, BOUNDS_PARTITIONS_LISTED_MAX);
    CU_ASSERT_EQUAL(scene->said[0].echo, echo_before);
    CU_ASSERT_EQUAL(scene->said[1].part_count,
                    PARTITIONS - BOUNDS_PARTITIONS_LISTED_MAX);
    CU_ASSERT_EQUAL(scene->said[1].echo, STAMP);
}

/* The seals are refused for a lease, which thereby runs out: the master is to
   hear of that before it hears the stamp again. */
static void a_slave_echoes_behind_what_it_has_to_tell(void)
{
    static struct seal_part parts[PARTITIONS];
    struct message joined = {.type = MESSAGE_JOINED};
    struct message streamed = {.type = MESSAGE_STREAMED};
    struct message seal = {.type = MESSAGE_SEAL};
    struct scene scene;

    begin(&scene, SLAVE);
    joined.joined = (struct message_joined){.node = MASTER,
                                            .boot_id = BOOT + MASTER,
                                            .slave_boot_id = BOOT + SLAVE,
                                            .session = SESSION};
    hear(&scene, &joined);
    end_round(&scene);
    streamed.streamed = (struct message_streamed){.node = MASTER,
                                                  .boot_id = BOOT + MASTER,
                                                  .session = SESSION,
                                                  .number = 1,
                                                  .stamp = STAMP};
    hear(&scene, &streamed);
    for (uint32_t p = 0; p < PARTITIONS; p++)
        parts[p] = (struct seal_part){.partition = p, .epoch = 2};
    seal.seal = (struct message_seal){.parts = parts, .part_count = PARTITIONS};
    step(&scene, (struct replicator_event){.type = REPLICATOR_CONTROLLER_SENT,
                                           .message = &seal});
    end_round(&scene);
    expect_echo_last(&scene, 0);
    end(&scene);
}

static void a_master_echoes_behind_what_it_has_to_tell(void)
{
    static struct stream_part parts[PARTITIONS];
    struct member slave = on_node(SLAVE);
    struct message join = {.type = MESSAGE_JOIN};
    struct message stream = {.type = MESSAGE_STREAM};
    struct scene scene;

    begin(&scene, MASTER);
    join.join = (struct message_join){
        .node = SLAVE,
        .to = MASTER,
        .boot_id = BOOT + SLAVE,
        .store = bytes_make(slave.store.bytes, STORE_ID_BYTES)};
    hear(&scene, &join);
    end_round(&scene);
    for (uint32_t p = 0; p < PARTITIONS; p++)
        parts[p] = (struct stream_part){.partition = p, .is_asking = true};
    stream.stream = (struct message_stream){.node = SLAVE,
                                            .boot_id = BOOT + SLAVE,
                                            .session = SESSION,
                                            .number = 1,
                                            .stamp = STAMP,
                                            .credit = 1000,
                                            .parts = parts,
                                            .part_count = PARTITIONS};
    hear(&scene, &stream);
    end_round(&scene);
    expect_echo_last(&scene, 0);

    learn(&scene, 2, 3); /* Farewells. */
    end_round(&scene);
    expect_echo_last(&scene, 0);
    end(&scene);
}

static const struct suite_test tests[] = {
    SUITE_TEST(a_slave_echoes_behind_what_it_has_to_tell),
    SUITE_TEST(a_master_echoes_behind_what_it_has_to_tell),
};

int main(void)
{
    return SUITE_RUN("replication/replicator, echoes", tests);
}
