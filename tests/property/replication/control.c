/*
 * Controllers as the cluster has them, cut down to what the model needs: they
 * open an epoch, seal, choose, start, and change members by joint sets. Two of
 * them act at once and know nothing of each other but through the store.
 */
#include "base/assert.h"
#include "proto/codec.h"
#include "tests/property/replication/world.h"

#include <string.h>

enum {
    TICK_US = 20000,
    BEAT_US = 100000,
    SUSPECT_US = 700000,
    STALE_US = 150000,  /* A record that was read longer ago is read again. */
    ANSWER_US = 300000, /* A question is given up: its outcome is unknown. */
    SETTLE_US = 1000000,
};

static struct member member_of(uint32_t node, const struct store_id *store)
{
    return (struct member){.node = node, .store = *store};
}

/* The store. */

void control_store_happens(struct world *world, struct happening *happening)
{
    struct store_question *question = &happening->question;
    uint32_t p = question->partition;
    struct happening answer;

    if (!question->is_get) {
        question->is_done = question->revision == world->revisions[p];
        if (question->is_done)
            world_put_record(world, p, &question->record);
    }
    if (world->is_faulty && world_chance(world, world->swarm.store_unknown))
        return;
    question->record = world->records[p];
    question->revision = world->revisions[p];
    answer = *happening;
    answer.type = STORE_ANSWERED;
    world_put(world, 500 + world_below(world, 3000), &answer);
}

static void ask_store(struct world *world, struct controller *controller,
                      uint32_t partition, struct store_question *question)
{
    struct seen_partition *seen = &controller->partitions[partition];

    seen->asked_us = world->now_us;
    seen->question = ++controller->question;
    question->partition = partition;
    question->number = seen->question;
    if (world->is_faulty && world_chance(world, world->swarm.store_unknown))
        return;
    world_put(
        world, 500 + world_below(world, 3000),
        &(struct happening){.type = STORE_ASKED,
                            .to = (uint32_t)(controller - world->controllers),
                            .question = *question});
}

static void read_record(struct world *world, struct controller *controller,
                        uint32_t partition)
{
    ask_store(world, controller, partition,
              &(struct store_question){.is_get = true});
}

static void swap_record(struct world *world, struct controller *controller,
                        uint32_t partition,
                        const struct partition_record *record)
{
    ask_store(world, controller, partition,
              &(struct store_question){
                  .revision = controller->partitions[partition].revision,
                  .record = *record});
}

static void on_store(struct world *world, struct controller *controller,
                     const struct store_question *question)
{
    struct seen_partition *seen = &controller->partitions[question->partition];

    if (seen->asked_us == 0 || seen->question != question->number)
        return;
    if (!seen->is_known || seen->record.epoch != question->record.epoch ||
        seen->record.state != question->record.state)
        seen->led_us = world->now_us;
    seen->asked_us = 0;
    seen->is_known = true;
    seen->read_us = world->now_us;
    seen->record = question->record;
    seen->revision = question->revision;
}

/* Nodes. */

static void tell(struct world *world, struct controller *controller,
                 uint32_t node, struct message *message)
{
    message->request = 1;
    world_send(world, controller->id, node, message, (struct bytes){0});
}

static void beat(struct world *world, struct controller *controller)
{
    struct message message = {.type = MESSAGE_HEARTBEAT};

    message.heartbeat.cluster_id = bytes_from_text("model");
    message.heartbeat.controller = bytes_from_text("c");
    for (uint32_t i = 1; i <= world->swarm.node_count; i++)
        tell(world, controller, i, &message);
}

void controller_start(struct world *world, struct controller *controller,
                      uint32_t partition, uint32_t node)
{
    uint8_t memory[PARTITION_RECORD_BYTES_MAX];
    struct message message = {.type = MESSAGE_START};
    struct start_part part = {.partition = partition};
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    ASSERT(partition_record_encode(&controller->partitions[partition].record,
                                   &writer) == DALV_OK);
    part.record = writer_bytes(&writer);
    message.start =
        (struct message_start){.cluster_id = bytes_from_text("model"),
                               .parts = &part,
                               .part_count = 1};
    tell(world, controller, node, &message);
}

static void start_all(struct world *world, struct controller *controller,
                      uint32_t partition)
{
    for (uint32_t i = 1; i <= world->swarm.node_count; i++)
        controller_start(world, controller, partition, i);
}

void controller_seal(struct world *world, struct controller *controller,
                     uint32_t partition, uint32_t node)
{
    const struct seen_partition *seen = &controller->partitions[partition];
    struct seal_part part = {.partition = partition,
                             .epoch = seen->record.epoch,
                             .released = seen->released};
    struct message message = {.type = MESSAGE_SEAL};

    message.seal = (struct message_seal){.cluster_id = bytes_from_text("model"),
                                         .parts = &part,
                                         .part_count = 1};
    tell(world, controller, node, &message);
}

static void seal_set(struct world *world, struct controller *controller,
                     uint32_t partition, const struct member_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        controller_seal(world, controller, partition, set->items[i].node);
}

static void on_sealed(struct controller *controller,
                      const struct message_sealed *sealed)
{
    struct ballot_vote vote = {.boot_id = sealed->boot_id};

    vote.member.node = sealed->node;
    memcpy(vote.member.store.bytes, sealed->store.data, STORE_ID_BYTES);
    for (size_t i = 0; i < sealed->part_count; i++) {
        const struct sealed_part *part = &sealed->parts[i];
        struct seen_partition *seen = &controller->partitions[part->partition];

        if (part->released > seen->released)
            seen->released = part->released;
        if (part->verdict != SEAL_PROMISED)
            continue;
        vote.end = part->end;
        vote.is_uncertain = part->is_uncertain;
        ballot_put(&seen->ballot, part->promised, &vote);
    }
}

static void on_heartbeaten(struct world *world, struct controller *controller,
                           const struct message_heartbeaten *beaten)
{
    struct seen_node *node = &controller->nodes[beaten->node];

    node->heard_us = world->now_us;
    node->boot_id = beaten->boot_id;
    memcpy(node->store.bytes, beaten->store.data, STORE_ID_BYTES);
    for (size_t i = 0; i < beaten->part_count; i++)
        node->parts[beaten->parts[i].partition] = beaten->parts[i];
}

/* Decisions. */

struct partition_record control_opened(const struct partition_record *before,
                                       const struct joint_set *joint)
{
    struct partition_record record = *before;

    record.epoch++;
    record.change = 0;
    record.state = PARTITION_OPENING;
    record.joint = *joint;
    for (size_t i = 0; i < joint->members.count; i++)
        member_set_remove(&record.learners, &joint->members.items[i]);
    return record;
}

struct partition_record control_led(const struct partition_record *opening,
                                    const struct ballot_vote *chosen)
{
    struct partition_record record = *opening;

    record.state = PARTITION_LED;
    record.change++;
    record.master = chosen->member;
    record.master_boot = chosen->boot_id;
    return record;
}

static void open_epoch(struct world *world, struct controller *controller,
                       uint32_t partition, const struct joint_set *joint)
{
    struct partition_record record =
        control_opened(&controller->partitions[partition].record, joint);

    swap_record(world, controller, partition, &record);
}

static void elect(struct world *world, struct controller *controller,
                  uint32_t partition)
{
    struct seen_partition *seen = &controller->partitions[partition];
    struct partition_record record = seen->record;
    const struct ballot_vote *chosen;

    if (seen->ballot.epoch != record.epoch)
        ballot_init(&seen->ballot, record.epoch, &record.joint);
    chosen = ballot_choose(&seen->ballot, partition + 1);
    if (chosen == NULL) {
        seal_set(world, controller, partition, &record.joint.members);
        seal_set(world, controller, partition, &record.joint.old_members);
        return;
    }
    record = control_led(&record, chosen);
    swap_record(world, controller, partition, &record);
}

static bool has_failed(const struct world *world,
                       const struct controller *controller, uint32_t partition)
{
    const struct seen_partition *seen = &controller->partitions[partition];
    const struct partition_record *record = &seen->record;
    const struct seen_node *node = &controller->nodes[record->master.node];
    const struct heartbeaten_part *part = &node->parts[partition];

    if (node->heard_us + SUSPECT_US < world->now_us)
        return true;
    if (node->boot_id != record->master_boot)
        return true;
    if (seen->led_us + SETTLE_US > world->now_us)
        return false;
    return part->outbid > record->epoch || part->promised > record->epoch ||
           (part->role != PARTITION_LEADING &&
            part->role != PARTITION_BEGINNING) ||
           (part->role == PARTITION_BEGINNING &&
            seen->led_us + 3 * SETTLE_US < world->now_us);
}

static bool has_begun(const struct controller *controller, uint32_t partition)
{
    const struct partition_record *record =
        &controller->partitions[partition].record;
    const struct seen_node *node = &controller->nodes[record->master.node];
    const struct heartbeaten_part *part = &node->parts[partition];

    return node->boot_id == record->master_boot &&
           part->epoch == record->epoch && part->role == PARTITION_LEADING;
}

/* Only now the old members are let go. */
static void settle(struct world *world, struct controller *controller,
                   uint32_t partition)
{
    struct partition_record record = controller->partitions[partition].record;

    if (!has_begun(controller, partition))
        return;
    record.joint.old_members.count = 0;
    if (!member_set_has(&record.joint.members, &record.master)) {
        open_epoch(world, controller, partition, &record.joint);
        return;
    }
    memset(&record.joint.old_members, 0, sizeof(record.joint.old_members));
    record.change++;
    swap_record(world, controller, partition, &record);
}

/* A member whose disk is another one by now, or any at times. */
static const struct member *draw_leaver(struct world *world,
                                        const struct controller *controller,
                                        const struct partition_record *record)
{
    const struct member_set *set = &record->joint.members;

    for (size_t i = 0; i < set->count; i++) {
        const struct seen_node *node = &controller->nodes[set->items[i].node];

        if (node->heard_us != 0 &&
            !store_id_equal(&node->store, &set->items[i].store))
            return &set->items[i];
    }
    return &set->items[world_below(world, set->count)];
}

static bool is_wiped(const struct controller *controller,
                     const struct member *member)
{
    const struct seen_node *node = &controller->nodes[member->node];

    return node->heard_us != 0 && !store_id_equal(&node->store, &member->store);
}

static void add_learner(struct world *world, struct controller *controller,
                        uint32_t partition)
{
    struct partition_record record = controller->partitions[partition].record;
    const struct member *leaver = draw_leaver(world, controller, &record);
    uint32_t node = (uint32_t)world_below(world, world->swarm.node_count) + 1;
    const struct member *there =
        member_set_on_node(&record.joint.members, node);
    struct member learner;

    if (!is_wiped(controller, leaver) &&
        !world_chance(world, world->is_faulty ? world->swarm.change : 0))
        return;
    learner = member_of(node, &controller->nodes[node].store);
    if (controller->nodes[node].heard_us == 0 ||
        (there != NULL && !is_wiped(controller, there)))
        return;
    ASSERT(member_set_add(&record.learners, &learner));
    record.change++;
    swap_record(world, controller, partition, &record);
}

static void take_in(struct world *world, struct controller *controller,
                    uint32_t partition)
{
    struct partition_record record = controller->partitions[partition].record;
    const struct member learner = record.learners.items[0];
    const struct seen_node *node = &controller->nodes[learner.node];
    struct joint_set joint = record.joint;
    const struct member *leaver;

    if (is_wiped(controller, &learner)) {
        member_set_remove(&record.learners, &learner);
        record.change++;
        swap_record(world, controller, partition, &record);
        return;
    }
    if (!node->parts[partition].is_caught_up ||
        node->parts[partition].epoch != record.epoch)
        return;
    leaver = member_set_on_node(&joint.members, learner.node);
    if (leaver == NULL)
        leaver = draw_leaver(world, controller, &record);
    joint.old_members = joint.members;
    member_set_remove(&joint.members, leaver);
    ASSERT(member_set_add(&joint.members, &learner));
    open_epoch(world, controller, partition, &joint);
}

static void decide(struct world *world, struct controller *controller,
                   uint32_t partition)
{
    struct seen_partition *seen = &controller->partitions[partition];
    const struct partition_record *record = &seen->record;

    if (record->state == PARTITION_OPENING) {
        elect(world, controller, partition);
        return;
    }
    if (world_chance(world, 200))
        start_all(world, controller, partition);
    if (has_failed(world, controller, partition) ||
        (world->is_faulty && has_begun(controller, partition) &&
         world_chance(world, world->swarm.switchover)))
        open_epoch(world, controller, partition, &record->joint);
    else if (!joint_set_is_settled(&record->joint))
        settle(world, controller, partition);
    else if (record->learners.count > 0)
        take_in(world, controller, partition);
    else
        add_learner(world, controller, partition);
}

static void tick(struct world *world, struct controller *controller)
{
    if (controller->beat_us + BEAT_US <= world->now_us) {
        controller->beat_us = world->now_us;
        beat(world, controller);
    }
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++) {
        struct seen_partition *seen = &controller->partitions[p];

        if (seen->asked_us != 0 && seen->asked_us + ANSWER_US > world->now_us)
            continue;
        if (seen->asked_us != 0 || !seen->is_known ||
            seen->read_us + STALE_US < world->now_us)
            read_record(world, controller, p);
        else
            decide(world, controller, p);
    }
}

static void receive(struct world *world, struct controller *controller,
                    const struct happening *happening)
{
    struct message message;
    struct arena arena;

    arena_init(&arena, world->frame, sizeof(world->frame));
    ASSERT(codec_decode(bytes_make(happening->frame, happening->frame_size),
                        &arena, &message) == DALV_OK);
    if (message.type == MESSAGE_SEALED)
        on_sealed(controller, &message.sealed);
    else if (message.type == MESSAGE_HEARTBEATEN)
        on_heartbeaten(world, controller, &message.heartbeaten);
}

void controller_happens(struct world *world, struct controller *controller,
                        struct happening *happening)
{
    bool is_paused = controller->paused_until_us > world->now_us;

    if (happening->type == CONTROLLER_TICKS) {
        if (!is_paused)
            tick(world, controller);
        world_put(
            world, TICK_US + world_below(world, 5000),
            &(struct happening){.type = CONTROLLER_TICKS, .to = happening->to});
        return;
    }
    if (is_paused)
        return;
    if (happening->type == STORE_ANSWERED)
        on_store(world, controller, &happening->question);
    else
        receive(world, controller, happening);
}
