/*
 * One backend that writes one key of one user, again and again, and waits for
 * each answer.
 */
#ifndef DALV_BENCH_PUT_H
#define DALV_BENCH_PUT_H

#include "base/buffer.h"
#include "base/prng.h"
#include "base/status.h"
#include "bench/client.h"

struct put {
    const char *user; /* Borrowed. */
    struct client client;
    struct prng prng;
    struct buffer transaction;
};

/* A session with the router; the user is borrowed until it is closed. */
void put_open(struct put *put, const struct server *router, const char *user);
void put_close(struct put *put);

/* Write once; what the router said came of it. */
enum dalv_status put_once(struct put *put);

#endif
