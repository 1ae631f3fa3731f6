/*
 * Sockets of ZeroMQ, made and hardened in one place. Private to net: nobody
 * else makes one (tests/unit/net/test_socket.c looks for it).
 */
#ifndef DALV_NET_SOCKET_H
#define DALV_NET_SOCKET_H

#include "base/status.h"
#include "net/endpoint.h"

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>

/* The ZAP domain of sockets without keys, on loopback or in the process. */
#define SOCKET_OPEN_DOMAIN "open"

/*
 * A socket for an endpoint, with all options set, bound or connected as its
 * role says. DALV_INVALID if the address can not be used, or must not without
 * keys; DALV_LOCKED if it is in use.
 *
 * Of one that connects `out_monitor` hears, from before it connects,
 * when it gets and loses its connection; of all others it is NULL.
 */
DALV_MUST_CHECK enum dalv_status socket_open(
    const struct endpoint_options *options, zsock_t **out_socket,
    zsock_t **out_monitor);

/* Where the library asks whether it may let a peer in. */
zsock_t *socket_open_gatekeeper(void);
void socket_close_gatekeeper(zsock_t **socket_p);

/* Tell its monitor nothing more; call it before either is closed. */
void socket_silence(zsock_t *socket);

/* Of any kind, or NULL; what was not sent is thrown away. */
void socket_close(zsock_t **socket_p);

bool socket_is_bound(enum endpoint_role role);

#endif
