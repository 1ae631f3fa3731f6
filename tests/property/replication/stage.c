#include "tests/property/replication/stage.h"

#include "base/assert.h"
#include "tests/property/replication/calm.h"

enum {
    STEP_US = 5000,
    LONG_MS = 3000,
};

static struct controller *director(struct world *world)
{
    return &world->controllers[0];
}

struct world *stage_begin(uint64_t seed, bool is_traced, uint32_t node_count,
                          uint32_t copy_count)
{
    struct swarm swarm = {.node_count = node_count,
                          .copy_count = copy_count,
                          .lease_us = STAGE_LEASE_MS * 1000,
                          .delay_us = 500,
                          .sync_us = 1000,
                          .proposals = 20,
                          .credit_bytes = 65536,
                          .page_keys = STATE_KEYS / 4};

    return world_create_still(seed, is_traced, &swarm);
}

void stage_end(struct world *world)
{
    world->gates.count = 0;
    for (uint32_t i = 1; i <= world->swarm.node_count; i++) {
        world->nodes[i].is_sync_held = false;
        world->nodes[i].is_in_round = false;
    }
    world_heal(world);
    world_let_go(world);
    calm_await(world);
}

void stage_pass(struct world *world, uint64_t ms)
{
    world_run(world, world->now_us + ms * 1000);
}

void stage_expect(struct world *world, bool is_so, const char *what)
{
    if (is_so || world->judge.broken != NULL)
        return;
    world_describe(world);
    judge_fail(&world->judge, what);
}

/* Elections. */

static void put_record(struct world *world, uint32_t p,
                       const struct partition_record *record)
{
    world_put_record(world, p, record);
    director(world)->partitions[p].record = *record;
}

static void open_epoch(struct world *world, uint32_t p,
                       const struct joint_set *joint)
{
    struct partition_record record = control_opened(&world->records[p], joint);

    put_record(world, p, &record);
    ballot_init(&director(world)->partitions[p].ballot, record.epoch,
                &record.joint);
}

static void seal_all(struct world *world, uint32_t p,
                     const struct member_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        controller_seal(world, director(world), p, set->items[i].node);
}

static bool record_choice(struct world *world, uint32_t p, uint32_t node)
{
    const struct ballot_vote *chosen =
        ballot_choose(&director(world)->partitions[p].ballot, node);
    struct partition_record record;

    if (chosen == NULL)
        return false;
    record = control_led(&world->records[p], chosen);
    put_record(world, p, &record);
    return true;
}

static bool choose(struct world *world, uint32_t p, uint32_t node, uint64_t ms)
{
    uint64_t end_us = world->now_us + ms * 1000;

    do {
        seal_all(world, p, &world->records[p].joint.members);
        seal_all(world, p, &world->records[p].joint.old_members);
        world_run(world, world->now_us + STEP_US);
        if (record_choice(world, p, node))
            return true;
    } while (world->now_us < end_us && world->judge.broken == NULL);
    return false;
}

static void elect(struct world *world, uint32_t p, uint32_t node)
{
    struct joint_set joint = world->records[p].joint;
    uint64_t end_us = world->now_us + LONG_MS * 1000;

    open_epoch(world, p, &joint);
    stage_expect(world, choose(world, p, node, LONG_MS),
                 "the schedule: nobody is chosen");
    while (!world->nodes[world->records[p].master.node].is_leading[p] &&
           world->now_us < end_us && world->judge.broken == NULL) {
        for (uint32_t i = 1; i <= world->swarm.node_count; i++)
            controller_start(world, director(world), p, i);
        world_run(world, world->now_us + STEP_US);
    }
    stage_expect(world,
                 world->nodes[world->records[p].master.node].is_leading[p],
                 "the schedule: the chosen one does not lead");
}

void stage_found(struct world *world, uint32_t node)
{
    stage_pass(world, STAGE_OVER_MS);
    elect(world, 0, node);
    stage_pass(world, STAGE_OVER_MS);
    stage_expect(world, stage_read(world, node),
                 "the schedule: the first master has no lease");
}

void stage_found_other(struct world *world, uint32_t partition, uint32_t node)
{
    elect(world, partition, node);
    stage_pass(world, STAGE_OVER_MS);
}

void stage_elect(struct world *world, uint32_t node)
{
    elect(world, 0, node);
}

void stage_open(struct world *world)
{
    struct joint_set joint = world->records[0].joint;

    open_epoch(world, 0, &joint);
}

void stage_open_with(struct world *world, const struct joint_set *joint)
{
    open_epoch(world, 0, joint);
}

bool stage_choose(struct world *world, uint32_t node, uint64_t ms)
{
    return choose(world, 0, node, ms);
}

void stage_tell(struct world *world, uint32_t node)
{
    controller_start(world, director(world), 0, node);
}

void stage_tell_all(struct world *world)
{
    for (uint32_t i = 1; i <= world->swarm.node_count; i++)
        stage_tell(world, i);
}

/* Members. */

void stage_add_learner(struct world *world, uint32_t node)
{
    struct partition_record record = world->records[0];
    struct member learner = node_member(&world->nodes[node]);

    ASSERT(member_set_add(&record.learners, &learner));
    record.change++;
    put_record(world, 0, &record);
}

void stage_settle(struct world *world)
{
    struct partition_record record = world->records[0];

    record.joint.old_members = (struct member_set){.count = 0};
    record.change++;
    put_record(world, 0, &record);
}

/* Faults. */

static void set_cut(struct world *world, uint32_t a, uint32_t b,
                    uint64_t until_us)
{
    world->cut_until_us[a][b] = until_us;
    world->cut_until_us[b][a] = until_us;
}

void stage_cut(struct world *world, uint32_t a, uint32_t b)
{
    set_cut(world, a, b, UINT64_MAX);
}

void stage_mend(struct world *world, uint32_t a, uint32_t b)
{
    set_cut(world, a, b, 0);
}

void stage_isolate(struct world *world, uint32_t node)
{
    for (uint32_t i = 1; i < WORLD_ENDS; i++)
        stage_cut(world, node, i);
}

void stage_gate(struct world *world, uint32_t from, uint32_t to,
                enum message_type type, enum gate_deed deed)
{
    gates_put(
        &world->gates,
        &(struct gate){.from = from, .to = to, .type = type, .deed = deed});
}

void stage_crash(struct world *world, uint32_t node)
{
    struct disk *disk = &world->nodes[node].disk;

    disk->count = disk->durable;
    node_stop(world, &world->nodes[node]);
}

void stage_start(struct world *world, uint32_t node)
{
    node_start(world, &world->nodes[node]);
}

void stage_restart(struct world *world, uint32_t node)
{
    stage_crash(world, node);
    stage_start(world, node);
}

void stage_wipe(struct world *world, uint32_t node)
{
    stage_crash(world, node);
    disk_wipe(&world->nodes[node].disk);
    world->nodes[node].store.bytes[1]++;
    stage_start(world, node);
}

void stage_hold_sync(struct world *world, uint32_t node)
{
    world->nodes[node].is_sync_held = true;
}

void stage_let_sync(struct world *world, uint32_t node)
{
    world->nodes[node].is_sync_held = false;
}

/* Clients. */

uint64_t stage_write(struct world *world, uint32_t node)
{
    uint64_t before = stage_end_index(world, node);

    node_propose(world, &world->nodes[node], 0, 1);
    return stage_end_index(world, node) > before ? stage_end_index(world, node)
                                                 : 0;
}

uint64_t stage_commit(struct world *world, uint32_t node)
{
    uint64_t index = stage_write(world, node);
    uint64_t end_us = world->now_us + LONG_MS * 1000;

    while (index != 0 && !stage_is_acknowledged(world, index) &&
           world->now_us < end_us && world->judge.broken == NULL)
        world_run(world, world->now_us + STEP_US / 5);
    stage_expect(world, stage_is_acknowledged(world, index),
                 "the schedule: a write is not acknowledged");
    return index;
}

bool stage_is_acknowledged(const struct world *world, uint64_t index)
{
    return index != 0 && world->judge.partitions[0].is_acknowledged[index];
}

bool stage_read(struct world *world, uint32_t node)
{
    return node_read(world, &world->nodes[node], 0);
}

bool stage_is_leading(const struct world *world, uint32_t node)
{
    return world->nodes[node].is_leading[0];
}

uint64_t stage_end_index(const struct world *world, uint32_t node)
{
    return copy_end(&world->nodes[node].copies[0]).index;
}

uint64_t stage_durable_index(const struct world *world, uint32_t node)
{
    const struct disk *disk = &world->nodes[node].disk;

    for (size_t i = disk->durable; i > 0; i--) {
        const struct disk_record *record = &disk->records[i - 1];

        if (record->partition == 0 && record->type == DISK_ENTRY)
            return record->entry.index;
    }
    return 0;
}
