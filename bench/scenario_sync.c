#include "base/clock.h"
#include "base/prng.h"
#include "bench/device.h"
#include "bench/floor.h"
#include "bench/scenario.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    OPERATIONS_EACH = 10, /* In the larger transactions. */
    PULL_WANTED = 100000,
    PUSH_WANTED = 50000,
    USER_BYTES = 32,
    VALUE_BYTES_MAX = 4096,
    WRITER_INSTALL = 1,
    READER_INSTALL = 2,
};

static const char section[] = "SYNC of a device";

struct sync {
    struct bench *bench;
    struct server server;
    uint8_t value[VALUE_BYTES_MAX];
    uint64_t round_trips; /* Of the last push. */
    unsigned user;        /* A new one for each push. */
};

/* Changes a second of the pull of a user's whole state. */
static double pull(struct sync *self, const char *user)
{
    struct device device;
    uint64_t began_us;
    uint64_t elapsed_us;

    device_open(&device, &self->server, user, READER_INSTALL);
    began_us = clock_boot_us();
    device_sync_whole(&device);
    elapsed_us = clock_boot_us() - began_us;
    if (device.received_count != self->bench->plan.sync_count)
        bench_give_up("pull", "not every key came");
    device_close(&device);
    return (double)self->bench->plan.sync_count * 1e6 / (double)elapsed_us;
}

/* Operations a second of a push of as many keys, from first to last answer. */
static double push(struct sync *self, const char *user, unsigned each)
{
    const struct bench_plan *plan = &self->bench->plan;
    struct bytes value = bytes_make(self->value, plan->value_bytes);
    struct device device;
    uint64_t began_us;
    uint64_t elapsed_us;

    device_open(&device, &self->server, user, WRITER_INSTALL);
    (void)device_sync(&device, false);
    began_us = clock_boot_us();
    for (uint32_t next = 0; next < plan->sync_count;) {
        size_t operations = 0;

        for (; next < plan->sync_count && operations < BOUNDS_SYNC_PUSHES_MAX;
             next += each, operations += each)
            device_add_push(&device, next, each, value);
        while (device.push_count > 0)
            (void)device_sync(&device, false);
    }
    elapsed_us = clock_boot_us() - began_us;
    self->round_trips = device.client.asked_count;
    device_close(&device);
    return (double)plan->sync_count * 1e6 / (double)elapsed_us;
}

static struct report_row *row_of(struct sync *self, const char *what)
{
    return report_row(&self->bench->report, section, what, "operations/s");
}

static void run_round(struct sync *self)
{
    char user[USER_BYTES];
    struct report_row *row = row_of(self, "push, one operation a transaction");
    double floor = floor_disk_rate(self->bench, BOUNDS_SYNC_PUSHES_MAX,
                                   self->bench->plan.measure_ms / 2);

    row->floor = "fdatasync of 1,000 at a time";
    row->wanted = (struct report_wanted){REPORT_AT_LEAST, PUSH_WANTED};
    report_add(row, REPORT_FLOOR, floor);
    (void)snprintf(user, sizeof(user), "pusher-%u", self->user++);
    report_add(row, REPORT_OURS, push(self, user, 1));
    row = report_row(&self->bench->report, section,
                     "push, one operation a transaction: round trips", "1");
    report_add(row, REPORT_OURS, (double)self->round_trips);
    row = row_of(self, "pull, the whole state");
    row->wanted = (struct report_wanted){REPORT_AT_LEAST, PULL_WANTED};
    report_add(row, REPORT_OURS, pull(self, user));
    (void)snprintf(user, sizeof(user), "pusher-%u", self->user++);
    row = row_of(self, "push, ten operations a transaction");
    report_add(row, REPORT_OURS, push(self, user, OPERATIONS_EACH));
}

void scenario_sync(struct bench *bench)
{
    struct sync *self = calloc(1, sizeof(*self));
    struct prng prng;

    if (self == NULL)
        bench_give_up("sync", "no memory");
    self->bench = bench;
    prng_init(&prng, 1);
    for (size_t i = 0; i < sizeof(self->value); i++)
        self->value[i] = (uint8_t)prng_next(&prng);
    server_init(&self->server, bench, "sync");
    (void)server_start(&self->server);
    for (unsigned i = 0; i < bench->plan.rounds; i++) {
        bench_tell("sync", "push and pull");
        run_round(self);
    }
    server_stop(&self->server, SIGTERM);
    free(self);
}
