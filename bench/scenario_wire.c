#include "bench/device.h"
#include "bench/scenario.h"

#include <signal.h>

enum {
    EMPTY_BYTES_MAX = 64,
    KEY_BYTES_MORE = 40,
    KEY_BYTES = 14, /* As device_add_push makes them. */
    VALUE_BYTES = 100,
    KEYS_BEFORE = 1000, /* That the user has already. */
    OPERATIONS_EACH = 100,
    WRITER_INSTALL = 1,
    READER_INSTALL = 2,
};

static const char section[] = "Bytes of one SYNC";

struct counts {
    size_t asked; /* Above the transport. */
    size_t answered;
    uint64_t sent; /* On the wire, above TCP. */
    uint64_t received;
    uint64_t round_trips;
};

static struct counts count_sync(struct device *device)
{
    uint64_t sent = device->client.wire.sent_bytes;
    uint64_t received = device->client.wire.received_bytes;
    uint64_t asked = device->client.asked_count;

    device_sync_whole(device);
    return (struct counts){
        .asked = device->client.asked_bytes,
        .answered = device->client.answered_bytes,
        .sent = device->client.wire.sent_bytes - sent,
        .received = device->client.wire.received_bytes - received,
        .round_trips = device->client.asked_count - asked,
    };
}

static void add(struct bench *bench, const char *what, const char *unit,
                double value, double limit)
{
    struct report_row *row = report_row(&bench->report, section, what, unit);

    report_add(row, REPORT_OURS, value);
    if (limit > 0)
        row->wanted = (struct report_wanted){REPORT_AT_MOST, limit};
}

static void add_empty(struct bench *bench, struct counts counts)
{
    add(bench, "nothing to say: round trips", "1", (double)counts.round_trips,
        1);
    add(bench, "nothing to say: asked", "bytes", (double)counts.asked,
        EMPTY_BYTES_MAX);
    add(bench, "nothing to say: answered", "bytes", (double)counts.answered,
        EMPTY_BYTES_MAX);
    add(bench, "nothing to say: sent on the wire", "bytes", (double)counts.sent,
        0);
    add(bench, "nothing to say: received on the wire", "bytes",
        (double)counts.received, 0);
}

static void add_pushed(struct bench *bench, struct device *writer)
{
    static const uint8_t value[VALUE_BYTES] = {1};
    const double payload = KEY_BYTES + VALUE_BYTES;

    device_add_push(writer, KEYS_BEFORE, 1, bytes_make(value, sizeof(value)));
    (void)device_sync(writer, false);
    add(bench, "a key of 14 and value of 100 pushed: asked", "bytes",
        (double)writer->client.asked_bytes, payload + KEY_BYTES_MORE);
    add(bench, "the same: answered", "bytes",
        (double)writer->client.answered_bytes, EMPTY_BYTES_MAX);
}

static void add_pulled(struct bench *bench, struct device *reader)
{
    const double payload = KEY_BYTES + VALUE_BYTES;
    struct counts counts = count_sync(reader);

    add(bench, "the same key pulled: round trips", "1",
        (double)counts.round_trips, 1);
    add(bench, "the same key pulled: asked", "bytes", (double)counts.asked,
        EMPTY_BYTES_MAX);
    add(bench, "the same key pulled: answered", "bytes",
        (double)counts.answered, payload + KEY_BYTES_MORE);
}

void scenario_wire(struct bench *bench)
{
    static const uint8_t value[VALUE_BYTES] = {2};
    struct server server;
    struct device writer;
    struct device reader;

    bench_tell("wire", "bytes and round trips");
    server_init(&server, bench, "wire");
    (void)server_start(&server);
    device_open(&writer, &server, "counted", WRITER_INSTALL);
    device_open(&reader, &server, "counted", READER_INSTALL);
    (void)device_sync(&writer, false);
    for (uint32_t i = 0; i < KEYS_BEFORE; i += OPERATIONS_EACH)
        device_add_push(&writer, i, OPERATIONS_EACH,
                        bytes_make(value, sizeof(value)));
    while (writer.push_count > 0)
        (void)device_sync(&writer, false);
    /* Once more, so that nothing of before is left to confirm. */
    device_sync_whole(&writer);
    device_sync_whole(&reader);
    add_empty(bench, count_sync(&reader));
    add_pushed(bench, &writer);
    add_pulled(bench, &reader);
    device_close(&writer);
    device_close(&reader);
    server_stop(&server, SIGTERM);
}
