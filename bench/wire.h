/*
 * One connection that speaks ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) with
 * the NULL mechanism, as a DEALER: what libzmq speaks, without its threads.
 *
 * redis-benchmark speaks its protocol on plain sockets in one thread; so does
 * this, for both share the two cores with the server that they measure. And
 * whoever reads and writes the bytes can count them.
 */
#ifndef DALV_BENCH_WIRE_H
#define DALV_BENCH_WIRE_H

#include "base/buffer.h"
#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct wire {
    int socket;
    struct buffer out;
    size_t out_sent;
    struct buffer in;
    size_t in_taken;
    uint64_t sent_bytes; /* By TCP, with what ZMTP adds. */
    uint64_t received_bytes;
};

/* Connect to a port of loopback and shake hands; false if nobody is there. */
bool wire_open(struct wire *wire, uint16_t port);
void wire_close(struct wire *wire);

/*
 * Append a message of one frame to what is to be sent. Gives the place of its
 * bytes there, to be changed until the next put or flush.
 */
uint8_t *wire_put(struct wire *wire, struct bytes frame);

/* Send what is there; true if something is left for later. */
bool wire_flush(struct wire *wire);

/* Read what is there, without waiting. Ends the harness if it was closed. */
void wire_fill(struct wire *wire);

/* The next whole message, borrowed until the next fill; false if none. */
bool wire_take(struct wire *wire, struct bytes *out_frame);

/* Wait for a message; ends the harness after `ms_max`. */
struct bytes wire_wait(struct wire *wire, uint32_t ms_max);

#endif
