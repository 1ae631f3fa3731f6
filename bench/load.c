#include "bench/load.h"

#include "base/assert.h"
#include "base/clock.h"
#include "bench/bench.h"
#include "bench/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    ANSWER_MS_MAX = 30000,
    ASK_MS = 2,     /* Whether it is over. */
    REQUEST_AT = 2, /* In a frame, behind version and type. */
    REQUEST_BYTES = 3,
    SEVEN_BITS = 0x7f,
    MORE_BIT = 0x80,
    US_PER_MS = 1000,
};

struct connection {
    struct wire wire;
    unsigned under_way;
    uint64_t sent_us[LOAD_DEPTH_MAX]; /* By slot; 0 if free. */
};

struct load {
    const struct load_source *source;
    struct load_shape shape;
    struct load_result *result;
    int epoll;
    bool is_over; /* Answers are awaited, nothing is asked any more. */
    uint64_t under_way;
    struct connection connections[LOAD_CONNECTIONS_MAX];
};

static void write_request(uint8_t *frame, unsigned slot)
{
    uint32_t number = LOAD_REQUEST + slot;

    frame[REQUEST_AT] = (uint8_t)(number & SEVEN_BITS) | MORE_BIT;
    frame[REQUEST_AT + 1] = (uint8_t)(number >> 7 & SEVEN_BITS) | MORE_BIT;
    frame[REQUEST_AT + 2] = (uint8_t)(number >> 14);
}

static unsigned read_slot(struct bytes frame)
{
    struct reader reader;
    uint64_t number;

    reader_init(&reader, frame);
    (void)reader_bytes(&reader, REQUEST_AT);
    number = reader_varint(&reader);
    if (!reader_is_ok(&reader) || number < LOAD_REQUEST ||
        number >= LOAD_REQUEST + LOAD_DEPTH_MAX)
        bench_give_up("load", "an answer to nothing");
    return (unsigned)(number - LOAD_REQUEST);
}

static void ask(struct load *load, size_t index, unsigned slot)
{
    struct connection *connection = &load->connections[index];
    struct bytes frame = load->is_over
                             ? (struct bytes){0}
                             : load->source->next(load->source->owner, index);

    if (frame.size == 0) {
        load->is_over = true;
        return;
    }
    write_request(wire_put(&connection->wire, frame), slot);
    connection->sent_us[slot] = clock_boot_us();
    load->under_way++;
}

static void on_answer(struct load *load, size_t index, struct bytes frame,
                      uint64_t now_us)
{
    struct connection *connection = &load->connections[index];
    unsigned slot = read_slot(frame);

    if (connection->sent_us[slot] == 0 ||
        !load->source->accepts(load->source->owner, frame))
        bench_give_up("load", "an answer is not what it should be");
    histogram_add(&load->result->latency_us,
                  now_us - connection->sent_us[slot]);
    load->result->count++;
    load->under_way--;
    connection->sent_us[slot] = 0;
    ask(load, index, slot);
}

static void watch(struct load *load, size_t index, int operation, bool is_full)
{
    struct epoll_event event = {
        .events = EPOLLIN | (is_full ? (uint32_t)EPOLLOUT : 0),
        .data.u64 = index,
    };

    ASSERT(epoll_ctl(load->epoll, operation,
                     load->connections[index].wire.socket, &event) == 0);
}

static void on_ready(struct load *load, size_t index)
{
    struct connection *connection = &load->connections[index];
    bool was_full = connection->wire.out.size > 0;
    uint64_t now_us;
    bool is_full;
    struct bytes frame;

    wire_fill(&connection->wire);
    now_us = clock_boot_us();
    while (wire_take(&connection->wire, &frame))
        on_answer(load, index, frame, now_us);
    is_full = wire_flush(&connection->wire);
    if (is_full != was_full)
        watch(load, index, EPOLL_CTL_MOD, is_full);
}

static void open_all(struct load *load, uint16_t port)
{
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    ASSERT(load->epoll >= 0);
    for (size_t i = 0; i < load->shape.connections; i++) {
        struct wire *wire = &load->connections[i].wire;

        if (!wire_open(wire, port))
            bench_give_up("load", "nobody listens");
        if (load->source->hello != NULL) {
            (void)wire_put(wire, load->source->hello(load->source->owner));
            (void)wire_wait(wire, ANSWER_MS_MAX);
        }
        watch(load, i, EPOLL_CTL_ADD, false);
    }
}

static void close_all(struct load *load)
{
    for (size_t i = 0; i < load->shape.connections; i++)
        wire_close(&load->connections[i].wire);
    (void)close(load->epoll);
}

static void begin(struct load *load)
{
    for (size_t i = 0; i < load->shape.connections; i++) {
        for (unsigned slot = 0; slot < load->shape.depth; slot++)
            ask(load, i, slot);
        if (wire_flush(&load->connections[i].wire))
            watch(load, i, EPOLL_CTL_MOD, true);
    }
}

/* Whatever has come in; ends the harness if nothing does for too long. */
static void take_answers(struct load *load, uint64_t *heard_us)
{
    struct epoll_event events[LOAD_CONNECTIONS_MAX];
    int wait_ms = load->source->is_over == NULL ? ANSWER_MS_MAX : ASK_MS;
    int count = epoll_wait(load->epoll, events, LOAD_CONNECTIONS_MAX, wait_ms);
    uint64_t now_us = clock_boot_us();

    if (count > 0)
        *heard_us = now_us;
    else if (now_us - *heard_us >= (uint64_t)ANSWER_MS_MAX * US_PER_MS)
        bench_give_up("load", "no answer in time");
    ASSERT(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++)
        on_ready(load, events[i].data.u64);
}

void load_run(const struct load_source *source, uint16_t port,
              struct load_shape shape, uint32_t ms_max,
              struct load_result *out_result)
{
    struct load *load = calloc(1, sizeof(*load));
    uint64_t began_us;
    uint64_t heard_us;

    ASSERT(load != NULL && shape.connections <= LOAD_CONNECTIONS_MAX &&
           shape.depth <= LOAD_DEPTH_MAX);
    memset(out_result, 0, sizeof(*out_result));
    load->source = source;
    load->shape = shape;
    load->result = out_result;
    open_all(load, port);
    began_us = clock_boot_us();
    heard_us = began_us;
    begin(load);
    while (load->under_way > 0) {
        take_answers(load, &heard_us);
        if (clock_boot_us() - began_us >= (uint64_t)ms_max * US_PER_MS ||
            (source->is_over != NULL && source->is_over(source->owner)))
            load->is_over = true;
    }
    out_result->elapsed_us = clock_boot_us() - began_us;
    close_all(load);
    free(load);
}

double load_rate(const struct load_result *result)
{
    return (double)result->count * 1e6 / (double)result->elapsed_us;
}
