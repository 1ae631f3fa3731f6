#include "bench/dataset.h"
#include "bench/floor.h"
#include "bench/redis.h"
#include "bench/scenario.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    /* Frames of about that size go back and forth. */
    FRAME_BYTES_MORE = 60,
    CALIBRATION_ROUNDS = 20, /* Of answers on each connection. */
    FILL_TIMES = 4, /* Random keys: so many until nearly all are there. */
    MS_PER_S = 1000,
};

static const char section[] = "PUT and GET through the router";

struct shape {
    const char *name;
    struct load_shape load;
};

static const struct shape shapes[] = {
    {"1 connection", {1, 1}},
    {"50 connections", {BENCH_CONNECTIONS, 1}},
    {"50 connections, 16 deep", {BENCH_CONNECTIONS, BENCH_DEPTH}},
};

enum {
    SHAPES = sizeof(shapes) / sizeof(shapes[0])
};

struct requests {
    struct bench *bench;
    struct server server;
    struct redis redis;
    struct floor_echo echo;
    double redis_rates[2][SHAPES]; /* The last ones, by command. */
};

static struct report_row *row_of(struct requests *self, const char *command,
                                 const struct shape *shape, const char *unit)
{
    char what[REPORT_NAME_BYTES];

    (void)snprintf(what, sizeof(what), "%s, %s", command, shape->name);
    return report_row(&self->bench->report, section, what, unit);
}

static void add_floor(struct requests *self, const struct shape *shape)
{
    const struct bench_plan *plan = &self->bench->plan;
    unsigned batch = shape->load.connections * shape->load.depth;
    struct report_row *put = row_of(self, "PUT", shape, "1/s");
    struct report_row *get = row_of(self, "GET", shape, "1/s");

    put->floor = "fdatasync of all under way";
    get->floor = "libzmq ROUTER that echoes";
    report_add(put, REPORT_FLOOR,
               floor_disk_rate(self->bench, batch, plan->measure_ms / 2));
    report_add(get, REPORT_FLOOR,
               floor_echo_rate(&self->echo, shape->load,
                               plan->value_bytes + FRAME_BYTES_MORE,
                               plan->measure_ms / 2));
}

static void add_redis(struct requests *self, size_t index,
                      enum redis_command command)
{
    const struct shape *shape = &shapes[index];
    const char *name = command == REDIS_SET ? "PUT" : "GET";
    double rate = self->redis_rates[command][index];
    uint32_t count =
        shape->load.connections * shape->load.depth * CALIBRATION_ROUNDS;
    struct redis_result result;

    if (rate > 0)
        count += (uint32_t)(rate * self->bench->plan.measure_ms / MS_PER_S);
    result = redis_measure(&self->redis, command, shape->load, count);
    self->redis_rates[command][index] = result.rate;
    if (rate <= 0)
        return;
    report_add(row_of(self, name, shape, "1/s"), REPORT_PEER, result.rate);
    name = command == REDIS_SET ? "PUT p99" : "GET p99";
    report_add(row_of(self, name, shape, "ms"), REPORT_PEER, result.p99_ms);
}

static void add_ours(struct requests *self, const struct shape *shape,
                     enum redis_command command)
{
    const struct bench_plan *plan = &self->bench->plan;
    const char *name = command == REDIS_SET ? "PUT" : "GET";
    struct dataset *dataset = calloc(1, sizeof(*dataset));
    struct load_result *result = calloc(1, sizeof(*result));
    struct load_source source;
    uint64_t cpu_us;

    if (dataset == NULL || result == NULL)
        bench_give_up("requests", "no memory");
    if (command == REDIS_SET)
        dataset_init_put(dataset, &self->server, plan->keys,
                         shape->load.connections);
    else
        dataset_init_get(dataset, &self->server, plan->keys,
                         shape->load.connections);
    source = dataset_source(dataset);
    cpu_us = server_cpu_us(&self->server);
    load_run(&source, self->server.backend_port, shape->load, plan->measure_ms,
             result);
    cpu_us = server_cpu_us(&self->server) - cpu_us;
    report_add(row_of(self, name, shape, "1/s"), REPORT_OURS,
               load_rate(result));
    name = command == REDIS_SET ? "PUT p99" : "GET p99";
    report_add(row_of(self, name, shape, "ms"), REPORT_OURS,
               histogram_percentile(&result->latency_us, 99) / 1e3);
    name = command == REDIS_SET ? "PUT, processor" : "GET, processor";
    report_add(row_of(self, name, shape, "us each"), REPORT_OURS,
               (double)cpu_us / (double)result->count);
    dataset_deinit(dataset);
    free(dataset);
    free(result);
}

static void run_round(struct requests *self)
{
    for (size_t i = 0; i < SHAPES; i++) {
        bench_tell("requests", shapes[i].name);
        add_floor(self, &shapes[i]);
        for (int command = REDIS_SET; command <= REDIS_GET; command++) {
            add_redis(self, i, (enum redis_command)command);
            add_ours(self, &shapes[i], (enum redis_command)command);
        }
    }
}

/* Rows in the order in which they are read, with what is wanted of them. */
static void prepare_rows(struct requests *self)
{
    const struct report_wanted put = {REPORT_RATIO_AT_LEAST, 1.0};
    const struct report_wanted get = {REPORT_RATIO_AT_LEAST, 0.8};

    for (size_t i = 0; i < SHAPES; i++)
        (void)row_of(self, "PUT", &shapes[i], "1/s");
    for (size_t i = 0; i < SHAPES; i++)
        (void)row_of(self, "GET", &shapes[i], "1/s");
    row_of(self, "PUT", &shapes[1], "1/s")->wanted = put;
    row_of(self, "GET", &shapes[1], "1/s")->wanted = get;
}

/* Redis's keys, and a first guess at how many commands take how long. */
static void prepare_redis(struct requests *self)
{
    const struct load_shape fill = {BENCH_CONNECTIONS, BENCH_DEPTH};

    (void)redis_measure(&self->redis, REDIS_SET, fill,
                        self->bench->plan.keys * FILL_TIMES);
    for (size_t i = 0; i < SHAPES; i++) {
        add_redis(self, i, REDIS_SET);
        add_redis(self, i, REDIS_GET);
    }
}

void scenario_requests(struct bench *bench)
{
    struct requests self = {.bench = bench};

    prepare_rows(&self);
    server_init(&self.server, bench, "requests");
    (void)server_start(&self.server);
    redis_start(&self.redis, bench);
    floor_echo_start(&self.echo, bench);
    bench_tell("requests", "filling");
    dataset_fill(&self.server, 0, bench->plan.keys);
    prepare_redis(&self);
    for (unsigned i = 0; i < bench->plan.rounds; i++)
        run_round(&self);
    floor_echo_stop(&self.echo);
    redis_stop(&self.redis);
    server_stop(&self.server, SIGTERM);
}
