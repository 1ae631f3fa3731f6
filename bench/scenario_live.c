#include "base/clock.h"
#include "bench/device.h"
#include "bench/histogram.h"
#include "bench/scenario.h"

#include <signal.h>
#include <stdlib.h>

enum {
    P99_MS_WANTED = 10,
    VALUE_BYTES = 100,
    WRITER_INSTALL = 1,
    READER_INSTALL = 2,
};

static const char section[] = "Live: from a device's write to another device";

struct live {
    struct server server;
    struct device writer;
    struct device reader;
};

/* Microseconds from sending the push until the reader holds the change. */
static uint64_t measure_one(struct live *self, uint32_t key)
{
    static const uint8_t value[VALUE_BYTES] = {3};
    uint64_t began_us;
    uint64_t heard_us;
    struct message changed;

    device_add_push(&self->writer, key, 1, bytes_make(value, sizeof(value)));
    began_us = clock_boot_us();
    (void)device_sync(&self->writer, false);
    changed = client_wait(&self->reader.client, MESSAGE_CHANGED);
    heard_us = clock_boot_us() - began_us;
    if (changed.changed.is_gap)
        bench_give_up("live", "a gap");
    return heard_us;
}

static void run_round(struct bench *bench, struct live *self, uint32_t first)
{
    struct histogram *delays = calloc(1, sizeof(*delays));
    struct report_row *row;

    if (delays == NULL)
        bench_give_up("live", "no memory");
    for (uint32_t i = 0; i < bench->plan.live_count; i++)
        histogram_add(delays, measure_one(self, first + i));
    row = report_row(&bench->report, section, "p50", "ms");
    report_add(row, REPORT_OURS, histogram_percentile(delays, 50) / 1e3);
    row = report_row(&bench->report, section, "p99", "ms");
    row->wanted = (struct report_wanted){REPORT_AT_MOST, P99_MS_WANTED};
    report_add(row, REPORT_OURS, histogram_percentile(delays, 99) / 1e3);
    free(delays);
}

void scenario_live(struct bench *bench)
{
    struct live *self = calloc(1, sizeof(*self));

    if (self == NULL)
        bench_give_up("live", "no memory");
    bench_tell("live", "one write after the other");
    server_init(&self->server, bench, "live");
    (void)server_start(&self->server);
    device_open(&self->writer, &self->server, "live", WRITER_INSTALL);
    device_open(&self->reader, &self->server, "live", READER_INSTALL);
    (void)device_sync(&self->writer, false);
    device_sync_whole(&self->reader);
    (void)device_sync(&self->reader, true);
    for (unsigned i = 0; i < bench->plan.rounds; i++)
        run_round(bench, self, i * bench->plan.live_count);
    device_close(&self->writer);
    device_close(&self->reader);
    server_stop(&self->server, SIGTERM);
    free(self);
}
