#include "bench/client.h"

#include "proto/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_MS_MAX = 30000,
    PROTOCOL_VERSION = 1,
};

static void init(struct client *client)
{
    void *block = malloc(CODEC_ARENA_BYTES_MAX);

    if (block == NULL)
        bench_give_up("client", "no memory");
    arena_init(&client->arena, block, CODEC_ARENA_BYTES_MAX);
    buffer_init(&client->frame);
    client->request = 0;
    client->asked_count = 0;
}

void client_send(struct client *client, struct message *message)
{
    message->request = ++client->request;
    buffer_clear(&client->frame);
    if (codec_encode(message, &client->frame) != DALV_OK)
        bench_give_up(message_type_name(message->type), "does not encode");
    client->asked_bytes = client->frame.size;
    client->asked_count++;
    (void)wire_put(&client->wire, buffer_bytes(&client->frame));
    (void)wire_flush(&client->wire);
}

struct message client_receive(struct client *client)
{
    struct bytes frame = wire_wait(&client->wire, ANSWER_MS_MAX);
    struct message message;

    arena_clear(&client->arena);
    if (codec_decode(frame, &client->arena, &message) != DALV_OK)
        bench_give_up("client", "an answer is malformed");
    client->answered_bytes = frame.size;
    return message;
}

bool client_open_backend(struct client *client, const struct server *server)
{
    char token[SERVER_TOKEN_BYTES];
    struct message hello = {
        .type = MESSAGE_HELLO,
        .hello = {.protocol = PROTOCOL_VERSION,
                  .client = bytes_from_text("dalv-bench")},
    };

    if (!wire_open(&client->wire, server->backend_port))
        return false;
    init(client);
    server_backend_token(server, token);
    hello.hello.token = bytes_from_text(token);
    client_send(client, &hello);
    if (client_receive(client).type == MESSAGE_WELCOMED)
        return true;
    client_close(client);
    return false;
}

bool client_open_node(struct client *client, const struct server *server)
{
    if (!wire_open(&client->wire, server->node_port))
        return false;
    init(client);
    return true;
}

uint64_t client_open_device(struct client *client, const struct server *server,
                            const char *user, uint64_t install)
{
    char token[SERVER_TOKEN_BYTES];
    struct message hello = {
        .type = MESSAGE_HELLO,
        .hello = {.protocol = PROTOCOL_VERSION,
                  .is_device = true,
                  .client = bytes_from_text("dalv-bench")},
    };

    if (!wire_open(&client->wire, server->device_port))
        bench_give_up("device", "nobody listens");
    init(client);
    server_device_token(server, user, token);
    hello.hello.token = bytes_from_text(token);
    memcpy(hello.hello.install.bytes, &install, sizeof(install));
    return client_ask(client, &hello, MESSAGE_WELCOMED).welcomed.device;
}

void client_close(struct client *client)
{
    wire_close(&client->wire);
    free(client->arena.block);
    buffer_deinit(&client->frame);
}

struct message client_wait(struct client *client, enum message_type wanted)
{
    struct message message = client_receive(client);
    char why[BOUNDS_REFUSED_TEXT_BYTES_MAX];

    if (message.type == wanted)
        return message;
    if (message.type != MESSAGE_REFUSED)
        bench_give_up(message_type_name(wanted),
                      message_type_name(message.type));
    (void)snprintf(why, sizeof(why), "%s: %.*s",
                   status_text(message.refused.status),
                   (int)message.refused.text.size,
                   (const char *)message.refused.text.data);
    bench_give_up(message_type_name(wanted), why);
}

bool client_is_served(struct client *client)
{
    struct message get = {
        .type = MESSAGE_GET,
        .get = {.user = bytes_from_text("nobody"),
                .key = bytes_from_text("nothing")},
    };

    client_send(client, &get);
    return client_receive(client).type == MESSAGE_GOT;
}

struct message client_ask(struct client *client, struct message *message,
                          enum message_type wanted)
{
    client_send(client, message);
    return client_wait(client, wanted);
}
