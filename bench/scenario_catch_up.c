/*
 * How far a slave is behind: a moment behind each write, and after it was away.
 */
#include "base/assert.h"
#include "base/clock.h"
#include "bench/dataset.h"
#include "bench/fleet.h"
#include "bench/histogram.h"
#include "bench/put.h"
#include "bench/scenario.h"
#include "bench/standing.h"
#include "bench/trial.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PARTITIONS = 64,
    LAG_PARTITIONS = 16,
    LAG_MS_WANTED = 5,
    LAG_PAUSE_MS = 2, /* Between writes: they are to find an idle cluster. */
    AWAY = 2,         /* The node that goes away. */
    LOG_BYTES_EACH = 140, /* A key of 14 and a value of 100, in the log. */
    MB = 1000000,
    FEW_MB = 5,
    FEW_MS_WANTED = 100,
    MANY_MB = 200,
    MANY_MS_WANTED = 4000,
    CATCH_UP_MS_MAX = 60000,
    CONNECTIONS = 1,
    US_PER_MS = 1000,
};

static const char section[] = "A slave behind its master";
static const char user[] = "user-000000000";

/* ---- Idle ---- */

struct lag {
    struct fleet fleet;
    struct put put;
    struct client slaves[FLEET_NODES];
    size_t slave_count;
    struct histogram behind_us;
};

static void open_slaves(struct lag *self)
{
    size_t master = fleet_master(&self->fleet, user);

    for (size_t i = 0; i < FLEET_NODES; i++) {
        if (i == master)
            continue;
        if (!client_open_node(&self->slaves[self->slave_count++],
                              &self->fleet.nodes[i]))
            bench_give_up("lag", "a slave is gone");
    }
}

/* From the answer to a write until each slave has applied it. */
static void measure_lag(struct lag *self)
{
    uint64_t before[FLEET_NODES] = {0};
    uint64_t began_us;

    ASSERT(self->slave_count <= FLEET_NODES);
    for (size_t i = 0; i < self->slave_count; i++)
        before[i] = standing_ask(&self->slaves[i]).applied;
    if (put_once(&self->put) != DALV_OK)
        bench_give_up("lag", "a write was refused");
    began_us = clock_boot_us();
    for (size_t i = 0; i < self->slave_count; i++) {
        while (standing_ask(&self->slaves[i]).applied == before[i])
            continue;
        histogram_add(&self->behind_us, clock_boot_us() - began_us);
    }
    (void)poll(NULL, 0, LAG_PAUSE_MS);
}

static void run_lag(struct bench *bench)
{
    struct lag *self = calloc(1, sizeof(*self));
    struct report_row *row;

    if (self == NULL)
        bench_give_up("lag", "no memory");
    bench_tell("catch-up", "idle");
    fleet_start(&self->fleet, bench, "lag", LAG_PARTITIONS);
    put_open(&self->put, &self->fleet.router, user);
    open_slaves(self);
    for (uint32_t i = 0; i < bench->plan.live_count; i++)
        measure_lag(self);
    row = report_row(&bench->report, section,
                     "idle: from the answer until a slave has applied, p50",
                     "ms");
    report_add(row, REPORT_OURS,
               histogram_percentile(&self->behind_us, 50) / 1e3);
    row = report_row(&bench->report, section, "the same, p99", "ms");
    report_add(row, REPORT_OURS,
               histogram_percentile(&self->behind_us, 99) / 1e3);
    row->wanted = (struct report_wanted){REPORT_AT_MOST, LAG_MS_WANTED};
    for (size_t i = 0; i < self->slave_count; i++)
        client_close(&self->slaves[i]);
    put_close(&self->put);
    fleet_stop(&self->fleet);
    free(self);
}

/* ---- Back after it was away ---- */

struct absence {
    struct bench *bench;
    struct fleet fleet;
    uint32_t keys; /* That were written so far. */
    /* Of the return that is under way. */
    struct client back;
    bool is_back;
    uint64_t target;  /* Entries that the others had when it came back. */
    uint64_t back_us; /* It answered first. */
    uint64_t durable_us;
    uint64_t applied_us;
};

static uint64_t entries_of_others(const struct absence *self)
{
    struct client client;
    uint64_t entries;

    if (!client_open_node(&client, &self->fleet.nodes[0]))
        bench_give_up("catch-up", "a node is gone");
    entries = standing_ask(&client).durable;
    client_close(&client);
    return entries;
}

static bool is_caught_up(void *owner)
{
    struct absence *self = owner;
    struct standing standing;

    if (!self->is_back) {
        self->is_back = client_open_node(&self->back, &self->fleet.nodes[AWAY]);
        if (!self->is_back)
            return false;
    }
    standing = standing_ask(&self->back);
    if (self->back_us == 0)
        self->back_us = clock_boot_us();
    if (self->durable_us == 0 && standing.durable >= self->target)
        self->durable_us = clock_boot_us();
    if (self->applied_us == 0 && standing.applied >= self->target)
        self->applied_us = clock_boot_us();
    return self->applied_us != 0;
}

static void add(struct absence *self, unsigned megabytes, const char *what,
                uint64_t took_us, double limit_ms)
{
    char name[REPORT_NAME_BYTES];
    struct report_row *row;

    (void)snprintf(name, sizeof(name), "%u MB of log behind: %s", megabytes,
                   what);
    row = report_row(&self->bench->report, section, name, "ms");
    report_add(row, REPORT_OURS, (double)took_us / US_PER_MS);
    if (limit_ms > 0)
        row->wanted = (struct report_wanted){REPORT_AT_MOST, limit_ms};
}

/* Write while it is away. */
static void miss(struct absence *self, unsigned megabytes)
{
    uint32_t first = self->keys;
    uint32_t count = (uint32_t)megabytes * (MB / LOG_BYTES_EACH);

    count -= count % BENCH_USER_KEYS;
    server_stop(&self->fleet.nodes[AWAY], SIGKILL);
    dataset_fill(&self->fleet.router, first, first + count);
    self->keys = first + count;
}

static void come_back(struct absence *self, unsigned megabytes, double limit_ms)
{
    const struct trial_options options = {
        .fleet = &self->fleet,
        .keys = self->keys,
        .connections = CONNECTIONS,
        .ms_max = CATCH_UP_MS_MAX,
        .is_over = is_caught_up,
        .owner = self,
    };
    struct trial_result result;
    uint64_t began_us;

    self->is_back = false;
    self->back_us = 0;
    self->durable_us = 0;
    self->applied_us = 0;
    self->target = entries_of_others(self);
    began_us = clock_boot_us();
    server_launch(&self->fleet.nodes[AWAY]);
    trial_run(&options, &result);
    if (self->applied_us == 0)
        bench_give_up("catch-up", "not in time");
    client_close(&self->back);
    add(self, megabytes, "from its first answer until durable",
        self->durable_us - self->back_us, limit_ms);
    add(self, megabytes, "the same until applied",
        self->applied_us - self->back_us, 0);
    add(self, megabytes, "from exec until durable", self->durable_us - began_us,
        0);
    add(self, megabytes, "meanwhile, longest write of a client",
        (uint64_t)(result.longest_ms * US_PER_MS), 0);
    if (result.refused_count > 0)
        bench_give_up("catch-up", "writes were refused meanwhile");
    fleet_wait_well(&self->fleet);
}

void scenario_catch_up(struct bench *bench)
{
    struct absence *self = calloc(1, sizeof(*self));

    if (self == NULL)
        bench_give_up("catch-up", "no memory");
    run_lag(bench);
    self->bench = bench;
    fleet_start(&self->fleet, bench, "catch-up", PARTITIONS);
    for (unsigned i = 0; i < bench->plan.rounds; i++) {
        bench_tell("catch-up", "5 MB");
        miss(self, FEW_MB);
        come_back(self, FEW_MB, FEW_MS_WANTED);
    }
    bench_tell("catch-up", "200 MB");
    miss(self, MANY_MB);
    come_back(self, MANY_MB, MANY_MS_WANTED);
    fleet_stop(&self->fleet);
    free(self);
}
