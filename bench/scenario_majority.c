/*
 * Durable writes of a majority: three nodes behind a router, beside etcd and
 * Redis, which have as many copies on the same disk.
 */
#include "bench/dataset.h"
#include "bench/etcd.h"
#include "bench/fleet.h"
#include "bench/redis_group.h"
#include "bench/scenario.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PARTITIONS = 1024, /* As `dalv cluster init` has it. */
    MANY = 32,
    P50_MS_WANTED = 1,
};

static const char beside_etcd[] =
    "PUT on a majority of three nodes, beside etcd";
static const char beside_redis[] =
    "PUT on a majority of three nodes, beside Redis with WAIT 1";

static const struct report_wanted to_etcd[] = {
    {REPORT_NOTHING, 0},
    {REPORT_RATIO_AT_LEAST, 2.0},
};
static const struct report_wanted to_redis[] = {
    {REPORT_NOTHING, 0},
    {REPORT_RATIO_AT_LEAST, 0.5},
};

struct majority {
    struct bench *bench;
    struct fleet fleet;
    struct etcd etcd;
    struct redis_group redis;
};

struct measured {
    double rate;
    double p50_ms;
    double p99_ms;
    double cpu_us; /* Of all processes, each write; 0: not known. */
};

static struct report_row *row_of(struct bench *bench, const char *section,
                                 const char *what, unsigned clients)
{
    bool is_time = what[0] != '\0';
    char name[REPORT_NAME_BYTES];
    struct report_row *row;

    (void)snprintf(name, sizeof(name), "PUT%s, %u client%s", what, clients,
                   clients == 1 ? "" : "s");
    row = report_row(&bench->report, section, name, is_time ? "ms" : "1/s");
    row->peer = section == beside_etcd ? "etcd" : "Redis WAIT 1";
    return row;
}

static void add(struct bench *bench, const char *section, unsigned clients,
                enum report_subject subject, const struct measured *measured)
{
    report_add(row_of(bench, section, "", clients), subject, measured->rate);
    report_add(row_of(bench, section, " p50", clients), subject,
               measured->p50_ms);
    report_add(row_of(bench, section, " p99", clients), subject,
               measured->p99_ms);
}

static struct measured measure_ours(struct majority *self, unsigned clients)
{
    const struct bench_plan *plan = &self->bench->plan;
    struct dataset *dataset = calloc(1, sizeof(*dataset));
    struct load_result *result = calloc(1, sizeof(*result));
    struct measured measured;
    struct load_source source;
    uint64_t cpu_us;

    if (dataset == NULL || result == NULL)
        bench_give_up("majority", "no memory");
    dataset_init_put(dataset, &self->fleet.router, plan->keys, clients);
    source = dataset_source(dataset);
    cpu_us = fleet_cpu_us(&self->fleet);
    load_run(&source, self->fleet.router.backend_port,
             (struct load_shape){clients, 1}, plan->measure_ms, result);
    cpu_us = fleet_cpu_us(&self->fleet) - cpu_us;
    measured = (struct measured){
        .rate = load_rate(result),
        .p50_ms = histogram_percentile(&result->latency_us, 50) / 1e3,
        .p99_ms = histogram_percentile(&result->latency_us, 99) / 1e3,
        .cpu_us = (double)cpu_us / (double)result->count,
    };
    dataset_deinit(dataset);
    free(dataset);
    free(result);
    return measured;
}

/* On as many connections, or on one with as many calls at once: what serves
   etcd better. */
static struct measured measure_etcd(const struct majority *self,
                                    unsigned clients)
{
    struct etcd_result best = etcd_measure(&self->etcd, clients, 1);
    struct etcd_result other =
        clients == 1 ? best : etcd_measure(&self->etcd, 1, clients);

    if (other.rate > best.rate)
        best = other;
    return (struct measured){
        .rate = best.rate, .p50_ms = best.p50_ms, .p99_ms = best.p99_ms};
}

static void run_round(struct majority *self, unsigned clients)
{
    struct measured etcd = measure_etcd(self, clients);
    struct redis_result redis = redis_group_measure(&self->redis, clients);
    struct measured beside = {
        .rate = redis.rate, .p50_ms = redis.p50_ms, .p99_ms = redis.p99_ms};
    struct measured ours = measure_ours(self, clients);
    struct bench *bench = self->bench;
    char name[REPORT_NAME_BYTES];
    struct report_row *row;

    add(bench, beside_etcd, clients, REPORT_PEER, &etcd);
    add(bench, beside_etcd, clients, REPORT_OURS, &ours);
    add(bench, beside_redis, clients, REPORT_PEER, &beside);
    add(bench, beside_redis, clients, REPORT_OURS, &ours);
    (void)snprintf(name, sizeof(name), "PUT, processor of all four, %u at once",
                   clients);
    row = report_row(&bench->report, beside_redis, name, "us each");
    report_add(row, REPORT_OURS, ours.cpu_us);
}

/* Rows in the order in which they are read, with what is wanted of them. */
static void prepare_rows(struct bench *bench, const char *section,
                         const struct report_wanted wanted[2])
{
    static const char *const names[] = {"", " p50", " p99"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)row_of(bench, section, names[i], 1);
        (void)row_of(bench, section, names[i], MANY);
    }
    row_of(bench, section, "", 1)->wanted = wanted[0];
    row_of(bench, section, "", MANY)->wanted = wanted[1];
}

static void prepare_all_rows(struct bench *bench)
{
    prepare_rows(bench, beside_etcd, to_etcd);
    row_of(bench, beside_etcd, " p50", 1)->wanted =
        (struct report_wanted){REPORT_RATIO_AT_MOST, 1.0};
    prepare_rows(bench, beside_redis, to_redis);
    row_of(bench, beside_redis, " p50", 1)->wanted =
        (struct report_wanted){REPORT_AT_MOST, P50_MS_WANTED};
}

void scenario_majority(struct bench *bench)
{
    struct majority *self = calloc(1, sizeof(*self));

    if (self == NULL)
        bench_give_up("majority", "no memory");
    self->bench = bench;
    prepare_all_rows(bench);
    bench_tell("majority", "starting three of each");
    fleet_start(&self->fleet, bench, "majority", PARTITIONS);
    etcd_start(&self->etcd, bench);
    redis_group_start(&self->redis, bench);
    bench_tell("majority", "filling");
    dataset_fill(&self->fleet.router, 0, bench->plan.keys);
    fleet_wait_well(&self->fleet);
    for (unsigned i = 0; i < bench->plan.rounds; i++) {
        bench_tell("majority", "1 client");
        run_round(self, 1);
        bench_tell("majority", "32 clients");
        run_round(self, MANY);
    }
    redis_group_stop(&self->redis);
    etcd_stop(&self->etcd);
    fleet_stop(&self->fleet);
    free(self);
}
