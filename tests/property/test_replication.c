/*
 * Replication under random faults, judged by its promises. A seed replays
 * exactly:
 *
 *     test_replication                  a few hundred seeds
 *     test_replication SEED             one, with its trace
 *     test_replication FIRST COUNT      so many
 */
#include "tests/property/replication/calm.h"
#include "tests/property/replication/world.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SEEDS = 200,
    FAULTY_US = 6000000,
};

struct sum {
    uint64_t acknowledged;
    uint64_t reads;
    uint64_t elections;
};

static bool run(uint64_t seed, bool is_traced, struct sum *sum)
{
    struct world *world = world_create(seed, is_traced);
    bool is_kept;

    world_run(world, world->now_us + FAULTY_US);
    world_heal(world);
    calm_await(world);
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
