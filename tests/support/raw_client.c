#include "tests/support/raw_client.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/buffer.h"
#include "proto/codec.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 5000,
    FLAG_LONG = 2,
    FLAG_COMMAND = 4,
    SHORT_MAX = 255,
    RECEIVED_MAX = 2 << 20,
};

bool raw_client_open(struct raw_client *client, unsigned port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
    const struct timeval patience = {.tv_sec = 1};

    client->handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT(client->handle >= 0);
    (void)setsockopt(client->handle, SOL_SOCKET, SO_SNDTIMEO, &patience,
                     sizeof(patience));
    if (connect(client->handle, (const struct sockaddr *)&address,
                sizeof(address)) == 0)
        return true;
    raw_client_close(client);
    return false;
}

void raw_client_close(struct raw_client *client)
{
    if (client->handle >= 0)
        (void)close(client->handle);
    client->handle = -1;
}

bool raw_client_send(struct raw_client *client, struct bytes bytes)
{
    size_t done = 0;

    while (done < bytes.size) {
        ssize_t count = send(client->handle, bytes.data + done,
                             bytes.size - done, MSG_NOSIGNAL);

        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

static bool wait_to_read(struct raw_client *client, int timeout_ms)
{
    struct pollfd item = {.fd = client->handle, .events = POLLIN};

    return poll(&item, 1, timeout_ms) == 1;
}

bool raw_client_is_hung_up(struct raw_client *client, int timeout_ms)
{
    uint8_t thrown_away[4096];

    while (wait_to_read(client, timeout_ms)) {
        if (recv(client->handle, thrown_away, sizeof(thrown_away), 0) <= 0)
            return true;
    }
    return false;
}

static bool receive(struct raw_client *client, void *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t count;

        if (!wait_to_read(client, PATIENCE_MS))
            return false;
        count = recv(client->handle, (uint8_t *)bytes + done, size - done, 0);
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

struct bytes raw_client_greeting(void)
{
    static const uint8_t greeting[RAW_CLIENT_GREETING_BYTES] = {
        [0] = 0xff, [9] = 0x7f, [10] = 3,   [11] = 1,
        [12] = 'N', [13] = 'U', [14] = 'L', [15] = 'L'};

    return bytes_make(greeting, sizeof(greeting));
}

bool raw_client_greet(struct raw_client *client)
{
    static const uint8_t ready[] = "\x04\x1c\x05READY\x0bSocket-Type"
                                   "\x00\x00\x00\x06"
                                   "DEALER";
    uint8_t theirs[RAW_CLIENT_GREETING_BYTES];
    uint8_t head[2];
    uint8_t command[SHORT_MAX];

    return raw_client_send(client, raw_client_greeting()) &&
           receive(client, theirs, sizeof(theirs)) &&
           raw_client_send(client, bytes_make(ready, sizeof(ready) - 1)) &&
           receive(client, head, sizeof(head)) && head[0] == FLAG_COMMAND &&
           receive(client, command, head[1]);
}

bool raw_client_send_frame(struct raw_client *client, struct bytes bytes)
{
    uint8_t head[9] = {FLAG_LONG};

    for (size_t i = 0; i < 8; i++)
        head[1 + i] = (uint8_t)((uint64_t)bytes.size >> (56 - 8 * i));
    return raw_client_send(client, bytes_make(head, sizeof(head))) &&
           raw_client_send(client, bytes);
}

struct bytes raw_client_encode(const struct message *message)
{
    static struct buffer frame;

    buffer_clear(&frame);
    ASSERT(codec_encode(message, &frame) == DALV_OK);
    return buffer_bytes(&frame);
}

struct bytes raw_client_receive_frame(struct raw_client *client)
{
    static uint8_t received[RECEIVED_MAX];
    uint8_t flags = 0;
    uint8_t head[8] = {0};
    uint64_t size = 0;
    size_t head_bytes;

    if (!receive(client, &flags, 1))
        return bytes_make(NULL, 0);
    head_bytes = (flags & FLAG_LONG) != 0 ? sizeof(head) : 1;
    if (!receive(client, head, head_bytes))
        return bytes_make(NULL, 0);
    for (size_t i = 0; i < head_bytes; i++)
        size = size << 8 | head[i];
    if (size > sizeof(received) || !receive(client, received, size))
        return bytes_make(NULL, 0);
    return bytes_make(received, size);
}

bool raw_client_receive(struct raw_client *client, uint32_t request,
                        struct message *out_message)
{
    static uint8_t block[CODEC_ARENA_BYTES_MAX];
    struct arena arena;

    for (;;) {
        struct bytes frame = raw_client_receive_frame(client);

        if (frame.size == 0)
            return false;
        arena_init(&arena, block, sizeof(block));
        if (codec_decode(frame, &arena, out_message) == DALV_OK &&
            out_message->request == request)
            return true;
    }
}
