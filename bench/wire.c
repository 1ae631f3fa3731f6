#include "bench/wire.h"

#include "base/assert.h"
#include "base/clock.h"
#include "bench/bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    GREETING_BYTES = 64,
    HANDSHAKE_MS = 2000,
    READ_BYTES = 64 << 10,
    /* Flags before each frame. */
    FLAG_MORE = 1,
    FLAG_LONG = 2,
    FLAG_COMMAND = 4,
    SHORT_MAX = 255,
    PING_TTL_BYTES = 2,
};

static void put_raw(struct wire *wire, const void *data, size_t size)
{
    buffer_put(&wire->out, bytes_make(data, size));
}

static void put_frame(struct wire *wire, uint8_t flags, struct bytes body)
{
    uint8_t header[9];
    struct writer writer;

    writer_init(&writer, header, sizeof(header));
    if (body.size <= SHORT_MAX) {
        writer_u8(&writer, flags);
        writer_u8(&writer, (uint8_t)body.size);
    } else {
        writer_u8(&writer, flags | FLAG_LONG);
        writer_u32_be(&writer, 0);
        writer_u32_be(&writer, (uint32_t)body.size);
    }
    buffer_put(&wire->out, writer_bytes(&writer));
    buffer_put(&wire->out, body);
}

uint8_t *wire_put(struct wire *wire, struct bytes frame)
{
    put_frame(wire, 0, frame);
    return wire->out.data + wire->out.size - frame.size;
}

bool wire_flush(struct wire *wire)
{
    while (wire->out_sent < wire->out.size) {
        ssize_t count =
            send(wire->socket, wire->out.data + wire->out_sent,
                 wire->out.size - wire->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (count < 0 && errno == EAGAIN)
            return true;
        if (count < 0)
            bench_give_up("connection", strerror(errno));
        wire->out_sent += (size_t)count;
        wire->sent_bytes += (uint64_t)count;
    }
    buffer_clear(&wire->out);
    wire->out_sent = 0;
    return false;
}

static void drop_taken(struct wire *wire)
{
    size_t rest = wire->in.size - wire->in_taken;

    if (rest > 0 && wire->in_taken > 0)
        memmove(wire->in.data, wire->in.data + wire->in_taken, rest);
    wire->in.size = rest;
    wire->in_taken = 0;
}

void wire_fill(struct wire *wire)
{
    ssize_t count;

    drop_taken(wire);
    if (buffer_reserve(&wire->in, READ_BYTES) != DALV_OK)
        bench_give_up("connection", "no memory");
    count = recv(wire->socket, wire->in.data + wire->in.size,
                 wire->in.capacity - wire->in.size, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
        return;
    if (count <= 0)
        bench_give_up("connection", "closed by the server");
    wire->in.size += (size_t)count;
    wire->received_bytes += (uint64_t)count;
}

/* One frame with its flags; false if it is not whole yet. */
static bool take_frame(struct wire *wire, uint8_t *out_flags,
                       struct bytes *out_body)
{
    struct reader reader;
    uint8_t flags;
    uint64_t size;
    struct bytes body;

    reader_init(&reader, bytes_make(wire->in.data + wire->in_taken,
                                    wire->in.size - wire->in_taken));
    flags = reader_u8(&reader);
    size =
        (flags & FLAG_LONG) != 0 ? reader_u64_be(&reader) : reader_u8(&reader);
    body = reader_bytes(&reader, size);
    if (!reader_is_ok(&reader))
        return false;
    wire->in_taken = wire->in.size - reader.rest.size;
    *out_flags = flags;
    *out_body = body;
    return true;
}

/* Whoever does not answer a PING with its context is taken for dead. */
static void answer_command(struct wire *wire, struct bytes command)
{
    static const char ping[] = "\4PING";
    uint8_t pong[SHORT_MAX];
    struct writer writer;
    struct reader reader;

    if (!bytes_has_prefix(command, bytes_from_text(ping)))
        return;
    reader_init(&reader, command);
    (void)reader_bytes(&reader, sizeof(ping) - 1 + PING_TTL_BYTES);
    writer_init(&writer, pong, sizeof(pong));
    writer_bytes_put(&writer, bytes_from_text("\4PONG"));
    writer_bytes_put(&writer, reader.rest);
    put_frame(wire, FLAG_COMMAND, writer_bytes(&writer));
    (void)wire_flush(wire);
}

bool wire_take(struct wire *wire, struct bytes *out_frame)
{
    uint8_t flags;
    struct bytes body;

    while (take_frame(wire, &flags, &body)) {
        if ((flags & FLAG_COMMAND) != 0) {
            answer_command(wire, body);
            continue;
        }
        if ((flags & FLAG_MORE) != 0 || body.size == 0)
            bench_give_up("connection", "the server gave us up");
        *out_frame = body;
        return true;
    }
    return false;
}

static void wait_readable(struct wire *wire, uint64_t end_ms)
{
    bool has_more = wire_flush(wire);
    struct pollfd item = {
        .fd = wire->socket,
        .events = (short)(POLLIN | (has_more ? POLLOUT : 0)),
    };
    uint64_t now_ms = clock_boot_ms();

    if (now_ms >= end_ms || poll(&item, 1, (int)(end_ms - now_ms)) <= 0)
        bench_give_up("connection", "no answer in time");
    if ((item.revents & POLLIN) != 0 || (item.revents & POLLOUT) == 0)
        wire_fill(wire);
}

struct bytes wire_wait(struct wire *wire, uint32_t ms_max)
{
    uint64_t end_ms = clock_boot_ms() + ms_max;
    struct bytes frame = {0};

    while (!wire_take(wire, &frame))
        wait_readable(wire, end_ms);
    return frame;
}

/* ---- Opening ---- */

static bool connect_to(struct wire *wire, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1;

    wire->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT(wire->socket >= 0);
    if (connect(wire->socket, (struct sockaddr *)&address, sizeof(address)) !=
        0)
        return false;
    ASSERT(setsockopt(wire->socket, IPPROTO_TCP, TCP_NODELAY, &one,
                      sizeof(one)) == 0);
    return true;
}

static void greet(struct wire *wire)
{
    static const uint8_t greeting[GREETING_BYTES] = {
        0xff, 0,   0,   0,   0, 0, 0, 0, 0, 0x7f, /* Signature. */
        3,    0,                                  /* Version. */
        'N',  'U', 'L', 'L',                      /* The rest is zero. */
    };
    static const char ready[] = "\5READY"
                                "\13Socket-Type\0\0\0\6DEALER"
                                "\10Identity\0\0\0\0";

    put_raw(wire, greeting, sizeof(greeting));
    put_frame(wire, FLAG_COMMAND, bytes_make(ready, sizeof(ready) - 1));
}

bool wire_open(struct wire *wire, uint16_t port)
{
    uint64_t end_ms = clock_boot_ms() + HANDSHAKE_MS;
    uint8_t flags;
    struct bytes body;

    memset(wire, 0, sizeof(*wire));
    buffer_init(&wire->out);
    buffer_init(&wire->in);
    if (!connect_to(wire, port)) {
        wire_close(wire);
        return false;
    }
    greet(wire);
    while (wire->in.size < GREETING_BYTES)
        wait_readable(wire, end_ms);
    wire->in_taken = GREETING_BYTES;
    while (!take_frame(wire, &flags, &body))
        wait_readable(wire, end_ms);
    if (flags != FLAG_COMMAND)
        bench_give_up("connection", "the handshake failed");
    return true;
}

void wire_close(struct wire *wire)
{
    (void)close(wire->socket);
    buffer_deinit(&wire->out);
    buffer_deinit(&wire->in);
}
