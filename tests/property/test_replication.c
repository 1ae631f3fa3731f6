/*
 * Replication under random faults, judged by its promises. A seed replays
 * exactly:
 *
 *     test_replication                  a few hundred seeds
 *     test_replication SEED             one, with its trace
 *     test_replication FIRST COUNT      so many
 */
#include "tests/property/replication/world.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SEEDS = 200,
    FAULTY_US = 6000000,
    CALM_STEP_US = 1000000,
    CALM_STEPS = 30, /* Within so many everything is well again. */
};

struct sum {
    uint64_t acknowledged;
    uint64_t reads;
    uint64_t elections;
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

        if (node->applied_index[p] + 200 < commit_index)
            return false;
    }
    return true;
}

static bool is_well(struct world *world)
{
    uint64_t before[DISK_PARTITIONS];

    for (uint32_t p = 0; p < DISK_PARTITIONS; p++)
        before[p] = world->judge.partitions[p].acknowledged_index;
    world_run(world, world->now_us + CALM_STEP_US);
    for (uint32_t p = 0; p < DISK_PARTITIONS; p++) {
        if (world->judge.partitions[p].acknowledged_index == before[p] ||
            !is_equal(world, p))
            return false;
    }
    return true;
}

/* Once faults end, writes are acknowledged and the copies become equal. */
static void judge_calm(struct world *world)
{
    for (size_t i = 0; i < CALM_STEPS; i++) {
        if (is_well(world))
            return;
    }
    judge_fail(&world->judge, "faults ended, and all is not well");
}

static bool run(uint64_t seed, bool is_traced, struct sum *sum)
{
    struct world *world = world_create(seed, is_traced);
    bool is_kept;

    world_run(world, world->now_us + FAULTY_US);
    world_heal(world);
    judge_calm(world);
    is_kept = world->judge.broken == NULL;
    if (!is_kept)
        (void)printf("seed %llu: %s\n", (unsigned long long)seed,
                     world->judge.broken);
    sum->acknowledged += world->judge.acknowledged;
    sum->reads += world->judge.reads;
    sum->elections += world->judge.elections;
    world_destroy(&world);
    return is_kept;
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count =
        argc > 2 ? strtoull(argv[2], NULL, 10) : (argc > 1 ? 1 : SEEDS);
    struct sum sum = {0};
    uint64_t broken = 0;

    for (uint64_t seed = first; seed < first + count; seed++) {
        if (!run(seed, argc == 2, &sum))
            broken++;
    }
    (void)printf("%llu seeds, %llu broken; %llu acknowledged, %llu reads, "
                 "%llu elections\n",
                 (unsigned long long)count, (unsigned long long)broken,
                 (unsigned long long)sum.acknowledged,
                 (unsigned long long)sum.reads,
                 (unsigned long long)sum.elections);
    return broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
