#include "bench/dataset.h"
#include "bench/floor.h"
#include "bench/scenario.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SIZES_MAX = 3,
    KEYS_SMALL = 100000,
    COST_TENTHS_MAX = 13, /* Of the largest by the smallest, in tenths. */
    NAME_BYTES = 32,
};

static const char section[] = "PUT and GET at growing numbers of keys, "
                              "50 connections";

struct scale {
    struct bench *bench;
    struct server server;
    struct floor_leveldb *leveldb;
};

static const uint32_t sizes[SIZES_MAX] = {KEYS_SMALL, 1000000, 5000000};

static struct report_row *row_of(struct scale *self, const char *command,
                                 uint32_t keys)
{
    char what[NAME_BYTES * 2];
    char count[NAME_BYTES];

    if (keys < 1000000)
        (void)snprintf(count, sizeof(count), "%u k", keys / 1000);
    else
        (void)snprintf(count, sizeof(count), "%u M", keys / 1000000);
    (void)snprintf(what, sizeof(what), "%s, %s keys", command, count);
    return report_row(&self->bench->report, section, what, "1/s");
}

static double ours(struct scale *self, uint32_t keys, bool is_put)
{
    const struct load_shape shape = {BENCH_CONNECTIONS, 1};
    struct dataset *dataset = calloc(1, sizeof(*dataset));
    struct load_result *result = calloc(1, sizeof(*result));
    struct load_source source;
    double rate;

    if (dataset == NULL || result == NULL)
        bench_give_up("scale", "no memory");
    if (is_put)
        dataset_init_put(dataset, &self->server, keys, shape.connections);
    else
        dataset_init_get(dataset, &self->server, keys, shape.connections);
    source = dataset_source(dataset);
    load_run(&source, self->server.backend_port, shape,
             self->bench->plan.measure_ms, result);
    rate = load_rate(result);
    dataset_deinit(dataset);
    free(dataset);
    free(result);
    return rate;
}

static void measure(struct scale *self, uint32_t keys)
{
    uint32_t ms = self->bench->plan.measure_ms;
    struct report_row *put = row_of(self, "PUT", keys);
    struct report_row *get = row_of(self, "GET", keys);

    put->floor = "LevelDB, 50 puts a batch, no sync";
    get->floor = "LevelDB get";
    for (unsigned i = 0; i < self->bench->plan.rounds; i++) {
        report_add(put, REPORT_FLOOR,
                   floor_leveldb_put_rate(self->leveldb, keys, ms / 2));
        report_add(put, REPORT_OURS, ours(self, keys, true));
        report_add(get, REPORT_FLOOR,
                   floor_leveldb_get_rate(self->leveldb, keys, ms / 2));
        report_add(get, REPORT_OURS, ours(self, keys, false));
    }
}

/* What one request costs at the largest size, by its cost at the smallest. */
static void add_cost(struct scale *self, const char *command, uint32_t largest)
{
    char what[NAME_BYTES * 2];
    struct report_row *row;

    (void)snprintf(what, sizeof(what), "%s, cost at the most keys", command);
    row = report_row(&self->bench->report, section, what, "x that at 100 k");
    row->wanted =
        (struct report_wanted){REPORT_AT_MOST, COST_TENTHS_MAX / 10.0};
    report_add(row, REPORT_OURS,
               report_median(row_of(self, command, KEYS_SMALL), REPORT_OURS) /
                   report_median(row_of(self, command, largest), REPORT_OURS));
}

static void add_memory(struct scale *self)
{
    struct report_row *row = report_row(&self->bench->report, section,
                                        "resident memory at the end", "MiB");

    report_add(row, REPORT_OURS, server_memory_mib(&self->server));
}

void scenario_scale(struct bench *bench)
{
    struct scale self = {.bench = bench};
    uint32_t before = 0;

    server_init(&self.server, bench, "scale");
    (void)server_start(&self.server);
    self.leveldb = floor_leveldb_open(bench);
    for (int i = 0; i < SIZES_MAX && sizes[i] <= bench->plan.keys_max; i++) {
        char detail[NAME_BYTES];

        (void)snprintf(detail, sizeof(detail), "%u keys", sizes[i]);
        bench_tell("scale", detail);
        dataset_fill(&self.server, before, sizes[i]);
        floor_leveldb_fill(self.leveldb, before, sizes[i]);
        measure(&self, sizes[i]);
        before = sizes[i];
    }
    if (before > KEYS_SMALL) {
        add_cost(&self, "PUT", before);
        add_cost(&self, "GET", before);
    }
    add_memory(&self);
    floor_leveldb_close(&self.leveldb);
    server_stop(&self.server, SIGTERM);
}
