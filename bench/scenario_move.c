/*
 * A fourth node takes its share of the copies while clients write.
 */
#include "bench/dataset.h"
#include "bench/fleet.h"
#include "bench/scenario.h"
#include "bench/standing.h"
#include "bench/trial.h"

#include <stdlib.h>

enum {
    PARTITIONS = 64,
    CONNECTIONS = 8,
    KEYS_MAX = 500000,
    KEY_BYTES = 14,
    MOVE_MS_MAX = 120000,
    US_PER_MS = 1000,
};

static const char section[] =
    "A node is added to three, under the writes of 8 clients";

struct move {
    struct bench *bench;
    struct fleet fleet;
    struct process command;
    bool is_done;
};

static bool is_moved(void *owner)
{
    struct move *self = owner;

    self->is_done = self->is_done || process_is_over(&self->command);
    return self->is_done;
}

static size_t count_copies(const struct move *self)
{
    struct client client;
    struct standing standing;

    if (!client_open_node(&client, &self->fleet.nodes[FLEET_NODES]))
        bench_give_up("move", "the node is gone");
    standing = standing_ask(&client);
    client_close(&client);
    return standing.leading + standing.following;
}

static void add(struct move *self, const char *what, const char *unit,
                double value)
{
    report_add(report_row(&self->bench->report, section, what, unit),
               REPORT_OURS, value);
}

static void report(struct move *self, uint32_t keys,
                   const struct trial_result *result)
{
    size_t copies = count_copies(self);
    double bytes = (double)keys *
                   (double)(KEY_BYTES + self->bench->plan.value_bytes) *
                   (double)copies / PARTITIONS;
    struct report_row *row;

    add(self, "partitions of which it has a copy then, of 64", "1",
        (double)copies);
    add(self, "from the request until all of it is done", "ms",
        (double)result->elapsed_us / US_PER_MS);
    add(self, "keys and values moved", "MB/s",
        bytes / (double)result->elapsed_us);
    add(self, "writes meanwhile", "1/s",
        (double)result->count * 1e6 / (double)result->elapsed_us);
    add(self, "longest write", "ms", result->longest_ms);
    row = report_row(&self->bench->report, section, "writes refused", "1");
    row->wanted = (struct report_wanted){REPORT_AT_MOST, 0};
    report_add(row, REPORT_OURS, (double)result->refused_count);
}

void scenario_move(struct bench *bench)
{
    struct move *self = calloc(1, sizeof(*self));
    uint32_t keys =
        bench->plan.keys_max < KEYS_MAX ? bench->plan.keys_max : KEYS_MAX;
    struct trial_options options = {
        .keys = keys,
        .connections = CONNECTIONS,
        .ms_max = MOVE_MS_MAX,
        .is_over = is_moved,
        .owner = self,
    };
    struct trial_result result;

    if (self == NULL)
        bench_give_up("move", "no memory");
    self->bench = bench;
    options.fleet = &self->fleet;
    bench_tell("move", "filling");
    fleet_start(&self->fleet, bench, "move", PARTITIONS);
    dataset_fill(&self->fleet.router, 0, keys);
    fleet_wait_well(&self->fleet);
    bench_tell("move", "a node is added");
    fleet_add_node(&self->fleet);
    fleet_begin_rebalance(&self->fleet, &self->command);
    trial_run(&options, &result);
    if (!self->is_done)
        bench_give_up("move", "not done in time");
    fleet_wait_well(&self->fleet);
    report(self, keys, &result);
    fleet_stop(&self->fleet);
    free(self);
}
