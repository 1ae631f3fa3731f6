/*
 * A router that says what a test tells it to, on a port of its own, in a
 * thread of its own.
 *
 * It welcomes who comes and answers PING by itself, unless it is told to be
 * silent; every other question goes to the test's function, on the router's
 * thread. That must not use CUnit.
 */
#ifndef DALV_TESTS_SUPPORT_FAKE_ROUTER_H
#define DALV_TESTS_SUPPORT_FAKE_ROUTER_H

#include "base/status.h"
#include "model/message.h"

#include <stdbool.h>
#include <stdint.h>

struct fake_router;

/* A question of `peer`; answer it by fake_router_send, or not. */
typedef void fake_router_answer(void *owner, struct fake_router *router,
                                uint64_t peer, const struct message *question);

/* Starts to listen; ends the test's process if it cannot. */
struct fake_router *fake_router_start(fake_router_answer *answer, void *owner);
/* Stops, and waits for the thread; everyone's connection breaks. */
void fake_router_stop(struct fake_router **router_p);

/* "tcp://127.0.0.1:PORT"; borrowed. */
const char *fake_router_endpoint(const struct fake_router *router);

/* From within the answering function. */
void fake_router_send(struct fake_router *router, uint64_t peer,
                      const struct message *message);
/* From any thread: refuse HELLO with this status, DALV_OK for none. */
void fake_router_refuse(struct fake_router *router, enum dalv_status status);
/* From any thread: hear everything and say nothing, not even to PING. */
void fake_router_hush(struct fake_router *router, bool is_silent);

#endif
