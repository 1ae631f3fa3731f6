/*
 * dalv-sim: runs seeds, and tells how to run a failing one again.
 */
#include "base/decimal.h"
#include "tests/sim/scenario.h"
#include "tests/sim/world.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SEEDS_DEFAULT = 200,
    SCENARIO_SEEDS = 10, /* Each scenario is run with so many. */
};

struct options {
    uint64_t first;
    uint64_t count;
    uint64_t nodes; /* 0: each seed chooses. */
    bool is_traced;
    bool is_repeated; /* Each seed twice: both runs must be one. */
    bool is_directed; /* All scenarios, ... */
    const struct scenario *scenario; /* ... or this one alone. */
};

static int usage(void)
{
    (void)fputs("usage: dalv-sim [--seeds N] [--from SEED] [--seed SEED] "
                "[--nodes 1, 3, 5 or 7] [--trace] [--twice]\n"
                "       dalv-sim --scenarios\n"
                "       dalv-sim --scenario NAME [--seed SEED] [--trace]\n"
                "Scenarios:\n",
                stderr);
    for (size_t i = 0; i < scenario_count; i++)
        (void)fprintf(stderr, "  %s\n", scenarios[i].name);
    return 2;
}

static bool parse_number(const char *text, uint64_t *out_number)
{
    return text != NULL &&
           decimal_read(bytes_from_text(text), UINT64_MAX, out_number);
}

static bool parse_switch(const char *name, struct options *options)
{
    if (strcmp(name, "--trace") == 0)
        options->is_traced = true;
    else if (strcmp(name, "--twice") == 0)
        options->is_repeated = true;
    else if (strcmp(name, "--scenarios") == 0)
        options->is_directed = true;
    else
        return false;
    return true;
}

static bool parse_value(const char *name, const char *value,
                        struct options *options)
{
    if (strcmp(name, "--seeds") == 0)
        return parse_number(value, &options->count);
    if (strcmp(name, "--from") == 0)
        return parse_number(value, &options->first);
    if (strcmp(name, "--nodes") == 0)
        return parse_number(value, &options->nodes) &&
               options->nodes <= WORLD_NODES_MAX;
    if (strcmp(name, "--seed") == 0) {
        options->count = 1;
        return parse_number(value, &options->first);
    }
    if (strcmp(name, "--scenario") != 0 || value == NULL)
        return false;
    options->is_directed = true;
    options->scenario = scenario_find(value);
    return options->scenario != NULL;
}

static bool parse(char **arguments, struct options *options)
{
    for (; *arguments != NULL; arguments++) {
        if (parse_switch(*arguments, options))
            continue;
        if (!parse_value(arguments[0], arguments[1], options))
            return false;
        arguments++;
    }
    return true;
}

static void report(const struct world *world, const struct options *options)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "The last lines of seed %" PRIu64 ":\n", world->seed);
    trace_print(&world->trace, stderr);
    (void)fprintf(stderr,
                  "\nSeed %" PRIu64 " failed at step %" PRIu64 ": %s\n"
                  "Replay it: build/bin/dalv-sim --seed %" PRIu64
                  " --nodes %" PRIu64 " --trace\n",
                  world->seed, world->step_count, world->failure, world->seed,
                  options->nodes);
}

static bool run_scenario(const struct scenario *scenario, uint64_t seed,
                         bool is_traced)
{
    struct world *world = world_create(seed, scenario->node_count, is_traced);
    bool is_good;

    scenario->run(world);
    is_good = !world->has_failed;
    if (!is_good) {
        trace_print(&world->trace, stderr);
        (void)fprintf(stderr,
                      "\nScenario %s failed with seed %" PRIu64 ": %s\n"
                      "Replay it: build/bin/dalv-sim --scenario %s "
                      "--seed %" PRIu64 " --trace\n",
                      scenario->name, seed, world->failure, scenario->name,
                      seed);
    }
    world_destroy(&world);
    return is_good;
}

static bool run_scenarios(const struct options *options)
{
    bool is_good = true;

    for (size_t i = 0; i < scenario_count; i++) {
        if (options->scenario != NULL && options->scenario != &scenarios[i])
            continue;
        for (uint64_t seed = 0; is_good && seed < options->count; seed++)
            is_good = run_scenario(&scenarios[i], options->first + seed,
                                   options->is_traced);
        if (is_good)
            (void)printf("%s: kept all promises\n", scenarios[i].name);
    }
    return is_good;
}

static bool run_seed(const struct options *options, uint64_t seed,
                     bool is_traced, uint64_t *out_hash)
{
    struct world *world = world_create(seed, (size_t)options->nodes, is_traced);
    bool is_good = world_run(world);

    if (!is_good)
        report(world, options);
    *out_hash = world->trace.hash;
    world_destroy(&world);
    return is_good;
}

static bool run_all(const struct options *options)
{
    for (uint64_t i = 0; i < options->count; i++) {
        uint64_t seed = options->first + i;
        uint64_t first = 0;
        uint64_t second = 0;

        if (!run_seed(options, seed, options->is_traced, &first))
            return false;
        if (!options->is_repeated)
            continue;
        if (!run_seed(options, seed, false, &second))
            return false;
        if (first != second) {
            (void)fprintf(stderr, "Seed %" PRIu64 " has two stories.\n", seed);
            return false;
        }
    }
    return true;
}

int main(int count, char **arguments)
{
    struct options options = {.first = 1};
    struct timespec begin;
    struct timespec end;

    if (!parse(arguments + (count > 0), &options))
        return usage();
    if (options.count == 0)
        options.count = options.is_directed ? SCENARIO_SEEDS : SEEDS_DEFAULT;
    /* Worlds take and give the same large blocks again and again. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 30);
    if (options.is_directed)
        return run_scenarios(&options) ? 0 : 1;
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    if (!run_all(&options))
        return 1;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    (void)printf("%" PRIu64 " seeds kept all promises, in %.1f s\n",
                 options.count,
                 (double)(end.tv_sec - begin.tv_sec) +
                     (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    return 0;
}
