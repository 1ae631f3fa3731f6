#include "tests/property/replication/calm.h"

#include "tests/property/replication/world.h"

enum {
    STEP_US = 1000000,
    STEPS = 8, /* Within so many everything is well again; ... */
    SLOW_STEPS = 30,
    SLOW_CREDIT_BYTES = 1024, /* ... where less may be under way, in these. */
    APART = 200,
};

/* All members of a settled record hold the same, and all that was committed. */
static bool is_equal(const struct world *world, uint32_t p)
{
    const struct partition_record *record = &world->records[p];
    uint64_t commit_index = world->judge.partitions[p].commit_index;

    if (record->state != PARTITION_LED || !joint_set_is_settled(&record->joint))
        return false;
    for (size_t i = 0; i < record->joint.members.count; i++) {
        const struct node *node =
            &world->nodes[record->joint.members.items[i].node];

        if (node->applied_index[p] + APART < commit_index)
            return false;
    }
    return true;
}

static bool is_well(struct world *world)
{
    uint64_t before[DISK_PARTITIONS];

    for (uint32_t p = 0; p < DISK_PARTITIONS; p++)
        before[p] = world->judge.partitions[p].acknowledged_index;
    world_run(world, world->now_us + STEP_US);
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++) {
        if (world->judge.partitions[p].acknowledged_index == before[p] ||
            !is_equal(world, p))
            return false;
    }
    return true;
}

void calm_await(struct world *world)
{
    size_t steps =
        world->swarm.credit_bytes < SLOW_CREDIT_BYTES ? SLOW_STEPS : STEPS;

    for (size_t i = 0; i < steps; i++) {
        if (world->judge.broken != NULL || is_well(world))
            return;
    }
    judge_fail(&world->judge, "faults ended, and all is not well");
    world_describe(world);
}
