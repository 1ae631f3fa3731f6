/*
 * How long nobody can write: when a master is killed, and when it hands over.
 */
#include "base/clock.h"
#include "bench/fleet.h"
#include "bench/histogram.h"
#include "bench/put.h"
#include "bench/scenario.h"
#include "bench/trial.h"

#include <signal.h>
#include <stdlib.h>

enum {
    PARTITIONS = 64,
    CONNECTIONS = 8,
    KEYS = 10000,
    WITHOUT_MS_MAX = 30000,
    FAILOVER_MS_WANTED = 1500,
    SWITCHOVER_MS_WANTED = 100,
    BEHIND_MS = 100, /* Writes go on so long behind a switchover. */
};

static const char section[] = "Failover and switchover, three nodes";
static const char user[] = "user-000000000";

struct failover {
    struct bench *bench;
    struct fleet fleet;
    struct put put;
    struct histogram took_us;
    uint64_t refused_count;
    /* Of the switchover that runs. */
    struct process command;
    uint64_t done_ms; /* 0: not yet. */
};

static struct report_row *row_of(struct failover *self, const char *what,
                                 const char *unit)
{
    return report_row(&self->bench->report, section, what, unit);
}

/* ---- Killed ---- */

static size_t find_master(const struct failover *self)
{
    size_t node = fleet_master(&self->fleet, user);

    if (node == SIZE_MAX)
        bench_give_up("failover", "nobody leads");
    return node;
}

static void write_until_done(struct failover *self)
{
    uint64_t end_ms = clock_boot_ms() + WITHOUT_MS_MAX;

    while (put_once(&self->put) != DALV_OK) {
        self->refused_count++;
        if (clock_boot_ms() >= end_ms)
            bench_give_up("failover", "nobody took over");
    }
}

static void fail_over(struct failover *self)
{
    struct server *master = &self->fleet.nodes[find_master(self)];
    uint64_t began_us;

    write_until_done(self);
    began_us = clock_boot_us();
    server_stop(master, SIGKILL);
    write_until_done(self);
    histogram_add(&self->took_us, clock_boot_us() - began_us);
    server_launch(master);
    fleet_wait_well(&self->fleet);
}

static void add_failovers(struct failover *self)
{
    struct report_row *row;

    row = row_of(self, "kill -9 of a master to the next write, runs", "1");
    report_add(row, REPORT_OURS, (double)self->took_us.count);
    row = row_of(self, "the same, p50", "ms");
    report_add(row, REPORT_OURS,
               histogram_percentile(&self->took_us, 50) / 1e3);
    row = row_of(self, "the same, p99", "ms");
    report_add(row, REPORT_OURS,
               histogram_percentile(&self->took_us, 99) / 1e3);
    row->wanted = (struct report_wanted){REPORT_AT_MOST, FAILOVER_MS_WANTED};
    row = row_of(self, "the same, longest", "ms");
    report_add(row, REPORT_OURS,
               histogram_percentile(&self->took_us, 100) / 1e3);
    row = row_of(self, "writes refused meanwhile, in all", "1");
    report_add(row, REPORT_OURS, (double)self->refused_count);
}

/* ---- Handed over ---- */

static bool is_handed_over(void *owner)
{
    struct failover *self = owner;

    if (self->done_ms == 0 && process_is_over(&self->command))
        self->done_ms = clock_boot_ms();
    return self->done_ms != 0 && clock_boot_ms() >= self->done_ms + BEHIND_MS;
}

static void switch_over(struct failover *self)
{
    const struct trial_options options = {
        .fleet = &self->fleet,
        .keys = KEYS,
        .connections = CONNECTIONS,
        .ms_max = WITHOUT_MS_MAX,
        .is_over = is_handed_over,
        .owner = self,
    };
    size_t to = (find_master(self) + 1) % FLEET_NODES;
    struct trial_result result;
    struct report_row *row;

    self->done_ms = 0;
    fleet_begin_switchover(&self->fleet, user, to, &self->command);
    trial_run(&options, &result);
    row = row_of(self, "switchover, 8 clients: longest write", "ms");
    row->wanted = (struct report_wanted){REPORT_AT_MOST, SWITCHOVER_MS_WANTED};
    report_add(row, REPORT_OURS, result.longest_ms);
    row = row_of(self, "switchover: writes refused", "1");
    row->wanted = (struct report_wanted){REPORT_AT_MOST, 0};
    report_add(row, REPORT_OURS, (double)result.refused_count);
    fleet_wait_well(&self->fleet);
}

void scenario_failover(struct bench *bench)
{
    struct failover *self = calloc(1, sizeof(*self));

    if (self == NULL)
        bench_give_up("failover", "no memory");
    self->bench = bench;
    bench_tell("failover", "starting three nodes");
    fleet_start(&self->fleet, bench, "failover", PARTITIONS);
    put_open(&self->put, &self->fleet.router, user);
    bench_tell("failover", "handing over");
    for (unsigned i = 0; i < REPORT_ROUNDS_MAX; i++)
        switch_over(self);
    bench_tell("failover", "killing masters");
    for (uint32_t i = 0; i < bench->plan.failover_count; i++)
        fail_over(self);
    add_failovers(self);
    put_close(&self->put);
    fleet_stop(&self->fleet);
    free(self);
}
