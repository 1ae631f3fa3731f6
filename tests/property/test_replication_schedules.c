/*
 * Replication under what was written down to go wrong, judged by its promises:
 *
 *     test_replication_schedules                all, with a few seeds each
 *     test_replication_schedules NAME           one
 *     test_replication_schedules NAME SEED      one, with its trace
 */
#include "tests/property/replication/schedule.h"
#include "tests/property/replication/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEEDS = 10,
};

static bool run(const struct schedule *schedule, uint64_t seed, bool is_traced)
{
    struct world *world = stage_begin(seed, is_traced, schedule->node_count,
                                      schedule->copy_count);
    const char *broken;

    schedule->run(world);
    broken = world->judge.broken;
    if (broken != NULL)
        (void)printf("%s, seed %llu: %s\n", schedule->name,
                     (unsigned long long)seed, broken);
    world_destroy(&world);
    return broken == NULL;
}

static int run_all(const char *name)
{
    int broken = 0;

    for (size_t i = 0; i < schedule_count; i++) {
        if (name != NULL && strcmp(name, schedules[i].name) != 0)
            continue;
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
            broken += run(&schedules[i], seed, false) ? 0 : 1;
    }
    return broken;
}

static const struct schedule *find(const char *name)
{
    for (size_t i = 0; i < schedule_count; i++) {
        if (strcmp(name, schedules[i].name) == 0)
            return &schedules[i];
    }
    return NULL;
}

int main(int argument_count, char **arguments)
{
    const char *name = argument_count > 1 ? arguments[1] : NULL;
    int broken;

    if (name != NULL && find(name) == NULL) {
        (void)fprintf(stderr, "There is no schedule named %s.\n", name);
        return 2;
    }
    if (argument_count > 2)
        broken =
            run(find(name), strtoull(arguments[2], NULL, 10), true) ? 0 : 1;
    else
        broken = run_all(name);
    (void)printf("%zu schedules, %d runs broken\n", schedule_count, broken);
    return broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
