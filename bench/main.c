/*
 * dalv-bench: measures the server beside its peer, on this machine.
 */
#include "base/assert.h"
#include "base/decimal.h"
#include "bench/floor.h"
#include "bench/guard.h"
#include "bench/machine.h"
#include "bench/scenario.h"
#include "token/key.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    EXIT_USAGE = 2,
    SECONDS_MAX = 3 * 3600,
};

static const char usage[] =
    "usage: dalv-bench [--quick] [--rounds N] [--keys-max N] [--failovers N]\n"
    "                  [--server FILE] [--scratch DIR] [--out FILE]\n"
    "                  [SCENARIO]...\n"
    "\n"
    "Scenarios of one server: requests sync wire live start scale; of a\n"
    "cluster: majority failover catch-up move. \"server\" and \"cluster\" are\n"
    "all of a kind, and without any all are run.\n"
    "\n"
    "  --quick        three short rounds, at most a million keys\n"
    "  --rounds N     measure each thing N times, 1 to 16 (default: 5)\n"
    "  --keys-max N   at most so many keys (default: 5000000)\n"
    "  --failovers N  kill so many masters, 1 to 1000 (default: 50)\n"
    "  --server FILE  the program (default: dalvd beside this one)\n"
    "  --scratch DIR  where all files go for a while (default: /var/tmp)\n"
    "  --out FILE     write the results there (default: standard output, but\n"
    "                 bench/RESULTS.md for a full run of all scenarios in the\n"
    "                 repository)\n"
    "\n"
    "Ends with 0 if all that is wanted was reached, 3 if not, 1 if something\n"
    "could not be measured, 2 for wrong usage.\n";

enum {
    EXIT_MISSED = 3
};

struct scenario {
    const char *name;
    const char *group; /* By which it can be chosen as well. */
    void (*run)(struct bench *bench);
};

static const struct scenario scenarios[] = {
    {"requests", "server", scenario_requests},
    {"sync", "server", scenario_sync},
    {"wire", "server", scenario_wire},
    {"live", "server", scenario_live},
    {"start", "server", scenario_start},
    {"scale", "server", scenario_scale},
    {"majority", "cluster", scenario_majority},
    {"failover", "cluster", scenario_failover},
    {"catch-up", "cluster", scenario_catch_up},
    {"move", "cluster", scenario_move},
};

enum {
    SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0])
};

struct run {
    struct bench bench;
    bool is_quick;
    bool is_chosen[SCENARIOS];
    bool is_done[SCENARIOS];
    const char *out;
    char server[PATH_MAX];
    char scratch[PATH_MAX];
};

/* ---- Arguments ---- */

static bool parse_number(const char *text, unsigned long max, uint32_t *out)
{
    uint64_t number;

    if (!decimal_read(bytes_from_text(text), max, &number) || number == 0)
        return false;
    *out = (uint32_t)number;
    return true;
}

static void make_quick(struct run *run)
{
    run->is_quick = true;
    run->bench.plan.rounds = 3;
    run->bench.plan.measure_ms = 1000;
    run->bench.plan.keys_max = 1000000;
    run->bench.plan.live_count = 300;
    run->bench.plan.failover_count = 5;
}

static bool take_option(struct run *run, int option)
{
    struct bench_plan *plan = &run->bench.plan;

    switch (option) {
    case 'q':
        make_quick(run);
        return true;
    case 'r':
        return parse_number(optarg, REPORT_ROUNDS_MAX, &plan->rounds);
    case 'k':
        return parse_number(optarg, 5000000, &plan->keys_max);
    case 'f':
        return parse_number(optarg, 1000, &plan->failover_count);
    case 's':
        (void)snprintf(run->server, sizeof(run->server), "%s", optarg);
        return true;
    case 't':
        (void)snprintf(run->scratch, sizeof(run->scratch), "%s", optarg);
        return true;
    case 'o':
        run->out = optarg;
        return true;
    default:
        return false;
    }
}

static bool choose(struct run *run, const char *name)
{
    bool is_any = false;

    for (size_t i = 0; i < SCENARIOS; i++) {
        if (strcmp(scenarios[i].name, name) != 0 &&
            strcmp(scenarios[i].group, name) != 0)
            continue;
        run->is_chosen[i] = true;
        is_any = true;
    }
    return is_any;
}

static bool parse(struct run *run, int argc, char **argv)
{
    static const struct option options[] = {
        {"quick", no_argument, NULL, 'q'},
        {"rounds", required_argument, NULL, 'r'},
        {"keys-max", required_argument, NULL, 'k'},
        {"failovers", required_argument, NULL, 'f'},
        {"server", required_argument, NULL, 's'},
        {"scratch", required_argument, NULL, 't'},
        {"out", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (!take_option(run, option))
            return false;
    for (size_t i = 0; optind == argc && i < SCENARIOS; i++)
        run->is_chosen[i] = true;
    for (; optind < argc; optind++)
        if (!choose(run, argv[optind]))
            return false;
    return true;
}

/* ---- Work ---- */

static bool is_full(const struct run *run)
{
    for (size_t i = 0; i < SCENARIOS; i++)
        if (!run->is_chosen[i])
            return false;
    return !run->is_quick;
}

static void write_done(const struct run *run, FILE *file)
{
    (void)fputs("\nMeasured:", file);
    for (size_t i = 0; i < SCENARIOS; i++)
        if (run->is_done[i])
            (void)fprintf(file, " `%s`", scenarios[i].name);
    for (size_t i = 0; i < SCENARIOS; i++)
        if (!run->is_done[i])
            (void)fprintf(file, "; not `%s`", scenarios[i].name);
    (void)fputs(".\n", file);
}

static void write_results(const struct run *run)
{
    FILE *file = run->out == NULL ? stdout : fopen(run->out, "we");

    if (file == NULL)
        bench_give_up(run->out, strerror(errno));
    machine_write(&run->bench, file);
    write_done(run, file);
    report_write(&run->bench.report, file);
    machine_append_reasons(file);
    if (file != stdout && fclose(file) != 0)
        bench_give_up(run->out, strerror(errno));
}

static int work(void *owner)
{
    struct run *run = owner;

    if (token_start() != DALV_OK)
        bench_give_up("cryptography", "the system has no randomness to give");
    for (size_t i = 0; i < SCENARIOS; i++) {
        if (!run->is_chosen[i])
            continue;
        scenarios[i].run(&run->bench);
        run->is_done[i] = true;
        /* What was measured stays, also if what follows fails. */
        if (run->out != NULL)
            write_results(run);
    }
    if (run->out == NULL)
        write_results(run);
    return report_is_met(&run->bench.report) ? EXIT_SUCCESS : EXIT_MISSED;
}

/* dalvd lies where this program lies, unless told otherwise. */
static void find_server(struct run *run)
{
    ssize_t size;
    char *name;

    if (run->server[0] != '\0')
        return;
    size = readlink("/proc/self/exe", run->server, sizeof(run->server) - 16);
    ASSERT(size > 0);
    run->server[size] = '\0';
    name = strrchr(run->server, '/') + 1;
    (void)snprintf(name, sizeof("dalvd"), "dalvd");
}

static void init(struct run *run)
{
    run->bench.plan = (struct bench_plan){
        .rounds = 5,
        .measure_ms = 3000,
        .value_bytes = 100,
        .keys = 100000,
        .keys_max = 5000000,
        .sync_count = 100000,
        .live_count = 2000,
        .failover_count = 50,
    };
    (void)snprintf(run->scratch, sizeof(run->scratch), "/var/tmp");
}

int main(int argc, char **argv)
{
    static struct run run;
    static const char pattern[] = "/dalv-bench-XXXXXX";
    struct guard_options guard = {
        .seconds_max = SECONDS_MAX, .work = work, .owner = &run};

    if (argc == 3 && strcmp(argv[1], "--echo") == 0)
        return floor_echo_serve(argv[2]);
    init(&run);
    if (!parse(&run, argc, argv) ||
        strlen(run.scratch) + sizeof(pattern) > sizeof(run.scratch)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    find_server(&run);
    memcpy(run.scratch + strlen(run.scratch), pattern, sizeof(pattern));
    if (mkdtemp(run.scratch) == NULL)
        bench_give_up(run.scratch, strerror(errno));
    if (run.out == NULL && is_full(&run) &&
        access("bench/RESULTS.md", W_OK) == 0)
        run.out = "bench/RESULTS.md";
    run.bench.plan.server = run.server;
    run.bench.plan.scratch = run.scratch;
    guard.scratch = run.scratch;
    return guard_run(&guard);
}
