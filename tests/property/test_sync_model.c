/*
 * Whole lives of two devices, a backend and a server, each from a seed.
 *
 *     test_sync_model [FIRST_SEED [COUNT]]
 */
#include "tests/property/sync_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SEEDS = 10000,
};

int main(int argument_count, char **arguments)
{
    struct world *world = world_create();
    uint64_t first = argument_count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    uint64_t count =
        argument_count > 2 ? strtoull(arguments[2], NULL, 10) : SEEDS;
    int failures = 0;

    for (uint64_t seed = first; seed < first + count && failures < 5; seed++) {
        const char *wrong = world_run(world, seed);

        if (wrong == NULL)
            continue;
        printf("seed %" PRIu64 ": %s (replay: test_sync_model %" PRIu64 " 1)\n",
               seed, wrong, seed);
        failures++;
    }
    world_destroy(&world);
    return failures;
}
