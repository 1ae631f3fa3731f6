/*
 * A client as an enemy would write one: any bytes, on any port of loopback, by
 * plain sockets. It can speak ZeroMQ's protocol (ZMTP 3.1, NULL) as well, and
 * then say what it likes in well-made frames.
 */
#ifndef DALV_TESTS_SUPPORT_RAW_CLIENT_H
#define DALV_TESTS_SUPPORT_RAW_CLIENT_H

#include "base/bytes.h"
#include "model/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw_client {
    int handle; /* -1: not connected. */
};

enum {
    RAW_CLIENT_GREETING_BYTES = 64,
    RAW_CLIENT_FRAME_MAX = 16 << 10,
};

/* Connect; false if the port takes nobody. */
bool raw_client_open(struct raw_client *client, unsigned port);
void raw_client_close(struct raw_client *client);

/* Send all of it, as far as the other side takes it within a second. */
bool raw_client_send(struct raw_client *client, struct bytes bytes);
/* True once the other side has hung up, waiting so long; what comes before is
   thrown away. */
bool raw_client_is_hung_up(struct raw_client *client, int timeout_ms);

/* The first bytes of every connection. */
struct bytes raw_client_greeting(void);
/* Greet, and be greeted. */
bool raw_client_greet(struct raw_client *client);
/* One frame of the transport around `bytes`. */
bool raw_client_send_frame(struct raw_client *client, struct bytes bytes);
/* The bytes of a message; borrowed until the next call. */
struct bytes raw_client_encode(const struct message *message);
/* Receive one frame; empty without one in time. Borrowed until the next. */
struct bytes raw_client_receive_frame(struct raw_client *client);
/* Receive a message that answers `request`; false without one. What it points
   at is borrowed until the next call. */
bool raw_client_receive(struct raw_client *client, uint32_t request,
                        struct message *out_message);

#endif
