/*
 * Whole lives of a control plane, each from a seed.
 *
 *     test_controller_model [FIRST_SEED [COUNT]]
 */
#include "tests/property/control_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SEEDS = 30,
    FAILURES_MAX = 5,
};

int main(int argument_count, char **arguments)
{
    struct world *world = world_create();
    uint64_t first = argument_count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    uint64_t count =
        argument_count > 2 ? strtoull(arguments[2], NULL, 10) : SEEDS;
    uint64_t epochs = 0;
    uint64_t commits = 0;
    uint64_t unsure = 0;
    int failures = 0;

    for (uint64_t seed = first; seed < first + count; seed++) {
        const char *wrong = world_run(world, seed);

        epochs += world->epoch_count;
        commits += world->commit_count;
        unsure += world->unsure_count;
        if (wrong == NULL)
            continue;
        (void)printf("seed %" PRIu64 " at %" PRIu64 " ms, partition %u: %s "
                     "(replay: test_controller_model %" PRIu64 " 1)\n",
                     seed, world->now_ms, world->wrong_partition, wrong, seed);
        if (++failures == FAILURES_MAX)
            break;
    }
    (void)printf("%" PRIu64 " epochs, %" PRIu64 " entries committed, %" PRIu64
                 " transactions with an unknown outcome\n",
                 epochs, commits, unsure);
    world_destroy(&world);
    return failures;
}
