#include "bench/dataset.h"
#include "bench/scenario.h"

#include <signal.h>
#include <stdio.h>

enum {
    KEYS_MAX = 1000000,
    START_MS_WANTED = 1000,
    RESTART_MS_WANTED = 2000,
    NAME_BYTES = 48,
    US_PER_MS = 1000,
};

static const char section[] = "From exec until the first GET is answered";

static void add(struct bench *bench, const char *what, uint64_t took_us,
                double limit_ms)
{
    struct report_row *row = report_row(&bench->report, section, what, "ms");

    report_add(row, REPORT_OURS, (double)took_us / US_PER_MS);
    if (limit_ms > 0)
        row->wanted = (struct report_wanted){REPORT_AT_MOST, limit_ms};
}

static void start_empty(struct bench *bench)
{
    for (unsigned i = 0; i < bench->plan.rounds; i++) {
        struct server server;
        char name[NAME_BYTES];

        (void)snprintf(name, sizeof(name), "start-%u", i);
        server_init(&server, bench, name);
        add(bench, "start on a new folder", server_start(&server),
            START_MS_WANTED);
        server_stop(&server, SIGTERM);
    }
}

static void restart_full(struct bench *bench, struct server *server)
{
    for (unsigned i = 0; i < bench->plan.rounds; i++) {
        server_stop(server, SIGTERM);
        add(bench, "restart with all keys", server_start(server),
            RESTART_MS_WANTED);
        server_stop(server, SIGKILL);
        add(bench, "restart with all keys after kill -9", server_start(server),
            RESTART_MS_WANTED);
    }
}

void scenario_start(struct bench *bench)
{
    uint32_t keys =
        bench->plan.keys_max < KEYS_MAX ? bench->plan.keys_max : KEYS_MAX;
    struct report_row *row;
    struct server server;

    bench_tell("start", "on a new folder");
    start_empty(bench);
    server_init(&server, bench, "restart");
    (void)server_start(&server);
    bench_tell("start", "filling");
    dataset_fill(&server, 0, keys);
    row = report_row(&bench->report, section, "keys", "1");
    report_add(row, REPORT_OURS, keys);
    bench_tell("start", "with all keys");
    restart_full(bench, &server);
    bench_tell("start", "index made anew");
    server_stop(&server, SIGTERM);
    server_remove_index(&server);
    add(bench, "the index made anew from the log", server_start(&server), 0);
    server_stop(&server, SIGTERM);
}
