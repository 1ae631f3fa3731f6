#include "tests/property/control_world.h"

#include "base/assert.h"

#include <string.h>

enum {
    STALL_MS = 400,
    WRITE_IN = 40, /* One tick in so many writes an entry. */
};

static struct member member_of(const struct world *world, uint32_t node)
{
    return (struct member){node, world->nodes[node - 1].store};
}

static struct world_node *node_at(struct world *world, uint32_t node)
{
    return &world->nodes[node - 1];
}

static bool is_running(const struct world *world, uint32_t node)
{
    const struct world_node *one = &world->nodes[node - 1];

    return one->is_up && world->now_ms >= one->paused_ms;
}

/* Life. */

void world_node_start(struct world *world, uint32_t node)
{
    struct world_node *one = node_at(world, node);

    one->is_up = true;
    one->boot = prng_next(&world->prng) | 1;
    one->boot_number++;
    one->report = 0;
    one->started_ms = world->now_ms;
    for (size_t i = 0; i < WORLD_PARTITIONS; i++) {
        struct world_copy *copy = &one->copies[i];

        copy->record = (struct partition_record){0};
        copy->role = PARTITION_IDLE;
        copy->has_begun = false;
        copy->is_caught_up = false;
        copy->lease_ms = world->now_ms + WORLD_LEASE_MS;
        copy->lease_epoch = 0;
    }
}

void world_node_wipe(struct world *world, uint32_t node)
{
    struct world_node *one = node_at(world, node);

    memset(one, 0, sizeof(*one));
    for (size_t i = 0; i < STORE_ID_BYTES; i++)
        one->store.bytes[i] = (uint8_t)prng_next(&world->prng);
}

/* Hearing. */

static void answer(struct world *world, const struct world_letter *letter,
                   const struct message *message)
{
    struct world_letter reply = {.node = letter->node,
                                 .controller = letter->controller,
                                 .message = *message};

    world_post(world, &reply);
}

static struct log_position end_of(const struct world_copy *copy)
{
    struct log_position end = {.index = copy->length};

    if (copy->length > 0)
        end.epoch = copy->log[copy->length - 1];
    return end;
}

static bool is_master(const struct world *world, uint32_t node,
                      const struct world_copy *copy)
{
    struct member member = member_of(world, node);

    return copy->promised <= copy->record.epoch &&
           partition_record_is_led_by(&copy->record, &member,
                                      world->nodes[node - 1].boot);
}

static void on_heartbeat(struct world *world, const struct world_letter *letter)
{
    static struct heartbeaten_part parts[WORLD_PARTITIONS];
    struct world_node *node = node_at(world, letter->node);
    struct message message = {.type = MESSAGE_HEARTBEATEN};

    for (uint32_t i = 0; i < WORLD_PARTITIONS; i++) {
        const struct world_copy *copy = &node->copies[i];

        parts[i] = (struct heartbeaten_part){
            .partition = i,
            .role = copy->role,
            .epoch = copy->record.epoch,
            .change = copy->record.change,
            .promised = copy->promised,
            .known_epoch = end_of(copy).epoch,
            .end = end_of(copy),
            .is_caught_up = copy->is_caught_up,
        };
    }
    message.heartbeaten = (struct message_heartbeaten){
        .node = letter->node,
        .store = bytes_make(node->store.bytes, STORE_ID_BYTES),
        .boot_id = node->boot,
        .boot_number = node->boot_number,
        .report = ++node->report,
        .parts = parts,
        .part_count = WORLD_PARTITIONS,
    };
    answer(world, letter, &message);
}

static enum seal_verdict judge_seal(struct world *world,
                                    struct world_copy *copy,
                                    const struct seal_part *part)
{
    bool is_released = part->released != 0 &&
                       part->released >= copy->lease_epoch &&
                       copy->lease_epoch != 0;

    if (copy->promised > part->epoch)
        return SEAL_OUTBID;
    if (copy->promised < part->epoch && world->now_ms < copy->lease_ms &&
        !is_released)
        return SEAL_LEASED;
    return SEAL_PROMISED;
}

static struct sealed_part seal(struct world *world, uint32_t node,
                               const struct seal_part *part)
{
    struct world_copy *copy = &node_at(world, node)->copies[part->partition];
    struct sealed_part sealed = {.partition = part->partition};
    bool was_master = is_master(world, node, copy) && copy->has_begun &&
                      copy->record.epoch < part->epoch;

    sealed.verdict = was_master ? SEAL_PROMISED : judge_seal(world, copy, part);
    if (sealed.verdict == SEAL_PROMISED) {
        copy->promised = part->epoch;
        sealed.released = was_master ? copy->record.epoch : 0;
        copy->role = PARTITION_IDLE;
        copy->is_caught_up = false;
    }
    if (sealed.verdict == SEAL_LEASED)
        sealed.wait_ms = (uint32_t)(copy->lease_ms - world->now_ms);
    sealed.promised = copy->promised;
    sealed.end = end_of(copy);
    return sealed;
}

static void on_seal(struct world *world, const struct world_letter *letter)
{
    static struct sealed_part parts[WORLD_PARTITIONS];
    const struct message_seal *question = &letter->message.seal;
    struct world_node *node = node_at(world, letter->node);
    struct message message = {.type = MESSAGE_SEALED};

    for (size_t i = 0; i < question->part_count; i++)
        parts[i] = seal(world, letter->node, &question->parts[i]);
    message.sealed = (struct message_sealed){
        .node = letter->node,
        .store = bytes_make(node->store.bytes, STORE_ID_BYTES),
        .boot_id = node->boot,
        .parts = parts,
        .part_count = question->part_count,
    };
    answer(world, letter, &message);
}

static void take_record(struct world *world, uint32_t node,
                        const struct start_part *part)
{
    struct world_copy *copy = &node_at(world, node)->copies[part->partition];
    struct partition_record record;

    if (partition_record_decode(part->record, &record) != DALV_OK) {
        world_fail(world, "a record was sent that is none", part->partition);
        return;
    }
    if (partition_record_compare(&record, &copy->record) <= 0)
        return;
    if (record.epoch > copy->record.epoch) {
        copy->has_begun = false;
        copy->is_caught_up = false;
        copy->role = PARTITION_FOLLOWING;
        copy->alone_ms = world->now_ms;
    }
    copy->record = record;
}

static void on_start(struct world *world, const struct world_letter *letter)
{
    static struct started_part parts[WORLD_PARTITIONS];
    const struct message_start *question = &letter->message.start;
    struct world_node *node = node_at(world, letter->node);
    struct message message = {.type = MESSAGE_STARTED};

    for (size_t i = 0; i < question->part_count; i++) {
        uint32_t partition = question->parts[i].partition;

        take_record(world, letter->node, &question->parts[i]);
        parts[i] = (struct started_part){
            .partition = partition,
            .epoch = node->copies[partition].record.epoch,
            .change = node->copies[partition].record.change,
        };
    }
    message.started =
        (struct message_started){.node = letter->node,
                                 .boot_id = node->boot,
                                 .parts = parts,
                                 .part_count = question->part_count};
    answer(world, letter, &message);
}

void world_node_hear(struct world *world, const struct world_letter *letter)
{
    if (!is_running(world, letter->node) ||
        node_at(world, letter->node)->is_deaf)
        return;
    if (letter->message.type == MESSAGE_HEARTBEAT)
        on_heartbeat(world, letter);
    else if (letter->message.type == MESSAGE_SEAL)
        on_seal(world, letter);
    else if (letter->message.type == MESSAGE_START)
        on_start(world, letter);
}

/* Leading. */

static void append(struct world_copy *copy)
{
    ASSERT(copy->length < WORLD_LOG_MAX);
    copy->log[copy->length++] = (uint32_t)copy->record.epoch;
}

/* True if `node` holds all that the master holds, durably. */
static bool follow(struct world *world, uint32_t node, uint32_t partition,
                   const struct world_copy *master)
{
    struct world_copy *copy = &node_at(world, node)->copies[partition];

    if (!is_running(world, node) || copy->promised > master->record.epoch ||
        (!world->is_quiet && prng_chance(&world->prng, 1, 4)))
        return false;
    copy->promised = master->record.epoch;
    memcpy(copy->log, master->log, master->length * sizeof(master->log[0]));
    copy->length = master->length;
    copy->lease_ms = world->now_ms + WORLD_LEASE_MS;
    copy->lease_epoch = master->record.epoch;
    copy->is_caught_up = true;
    world->near[partition][node - 1] = node_at(world, node)->store;
    return true;
}

static bool is_told(const struct partition_record *record,
                    const struct member *member)
{
    return joint_set_has(&record->joint, member) ||
           member_set_has(&record->learners, member);
}

static void lead(struct world *world, uint32_t node, uint32_t partition)
{
    struct world_copy *copy = &node_at(world, node)->copies[partition];
    struct member self = member_of(world, node);
    struct joint_votes votes = {0};

    if (!copy->has_begun) {
        copy->has_begun = true;
        copy->promised = copy->record.epoch;
        copy->role = PARTITION_BEGINNING;
        append(copy);
    } else if (copy->role == PARTITION_LEADING && !world->is_quiet &&
               prng_chance(&world->prng, 1, WRITE_IN)) {
        append(copy);
    }
    copy->is_caught_up = true;
    joint_set_vote(&copy->record.joint, &self, &votes);
    for (uint32_t other = 1; other <= WORLD_NODES; other++) {
        struct member member = member_of(world, other);

        if (other != node && is_told(&copy->record, &member) &&
            follow(world, other, partition, copy))
            joint_set_vote(&copy->record.joint, &member, &votes);
    }
    if (joint_set_is_majority(&copy->record.joint, &votes)) {
        copy->alone_ms = world->now_ms;
        copy->role = PARTITION_LEADING;
        world_judge_commit(world, node, partition);
    } else if (world->now_ms >= copy->alone_ms + STALL_MS) {
        copy->role = PARTITION_STALLED;
    }
}

void world_nodes_tick(struct world *world)
{
    for (uint32_t node = 1; node <= WORLD_NODES; node++) {
        if (!is_running(world, node))
            continue;
        for (uint32_t i = 0; i < WORLD_PARTITIONS; i++) {
            if (is_master(world, node, &node_at(world, node)->copies[i]))
                lead(world, node, i);
        }
    }
}
