/*
 * A session with the server that asks and waits: of a backend or a device.
 */
#ifndef DALV_BENCH_CLIENT_H
#define DALV_BENCH_CLIENT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "bench/server.h"
#include "bench/wire.h"
#include "model/message.h"

#include <stdbool.h>
#include <stdint.h>

struct client {
    struct wire wire;
    struct arena arena;
    struct buffer frame;
    uint32_t request;
    size_t asked_bytes; /* The last frame each way, above the transport. */
    size_t answered_bytes;
    uint64_t asked_count;
};

/* Connect as a backend; false if nobody is ready for it yet. */
bool client_open_backend(struct client *client, const struct server *server);

/* Connect as the device of `user` whose store has this install id; its id. */
uint64_t client_open_device(struct client *client, const struct server *server,
                            const char *user, uint64_t install);

/* Connect to the port of a storage node for other nodes; false as above. */
bool client_open_node(struct client *client, const struct server *server);

/* True if a GET is answered, and not refused. */
bool client_is_served(struct client *client);

void client_close(struct client *client);

/*
 * Send `message` under a new request number, and wait for its answer, which is
 * borrowed until the next call. Ends the harness unless it is of type `wanted`.
 */
struct message client_ask(struct client *client, struct message *message,
                          enum message_type wanted);

/* The same in parts: whatever the answer is, or ended unless it is wanted. */
void client_send(struct client *client, struct message *message);
struct message client_receive(struct client *client);
struct message client_wait(struct client *client, enum message_type wanted);

#endif
