/*
 * Endpoints for the tests of net, over loopback TCP. Nothing sleeps: what is
 * expected is waited for, and a test that waits in vain fails.
 */
#ifndef DALV_TESTS_UNIT_NET_ENDPOINTS_H
#define DALV_TESTS_UNIT_NET_ENDPOINTS_H

#include "net/endpoint.h"

#include <stdint.h>

/* Bound to a free port. */
struct endpoint *endpoints_bind(enum endpoint_role role);
/* With a queue of so many bytes for each peer. */
struct endpoint *endpoints_bind_queue(enum endpoint_role role,
                                      size_t queue_bytes_max);
/* Connecting to `bound`; its CONNECTED has been received. */
struct endpoint *endpoints_connect(enum endpoint_role role,
                                   const struct endpoint *bound);

/* The next event of that type; fails the test after some seconds. */
struct endpoint_event endpoints_await(struct endpoint *endpoint,
                                      enum endpoint_event_type type);

/* Send one frame, or two if `second` is not NULL. */
enum dalv_status endpoints_send(struct endpoint *endpoint, uint64_t peer,
                                const char *first, const char *second);

/* Receive a parcel with this one frame, destroy it, tell who sent it. */
uint64_t endpoints_expect(struct endpoint *endpoint, const char *frame);

#endif
