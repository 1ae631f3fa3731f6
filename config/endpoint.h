/*
 * Where to listen or to connect: a numeric address and a port.
 *
 * Names are not resolved: what a name means may change between the check of a
 * configuration and its use.
 */
#ifndef DALV_CONFIG_ENDPOINT_H
#define DALV_CONFIG_ENDPOINT_H

#include "base/bytes.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ENDPOINT_HOST_MAX = 45, /* The longest IPv6 address as text. */
    ENDPOINT_TEXT_MAX = ENDPOINT_HOST_MAX + 2 + 1 + 5,
};

/* One that is zeroed is unset. */
struct endpoint {
    char host[ENDPOINT_HOST_MAX + 1]; /* "127.0.0.1" or "::1". */
    uint16_t port;
};

/* False, and nothing written, if it is no IPv4 or IPv6 address. */
bool endpoint_host_parse(struct bytes text,
                         char out_host[ENDPOINT_HOST_MAX + 1]);

/* "127.0.0.1:7470" or "[::1]:7470"; false, and nothing written, if not. */
bool endpoint_parse(struct bytes text, struct endpoint *out_endpoint);

bool endpoint_is_set(const struct endpoint *endpoint);

/* Append the same form that endpoint_parse reads. */
void endpoint_format(const struct endpoint *endpoint, struct text *text);

/* True if only this machine can reach it. */
bool endpoint_is_loopback(const struct endpoint *endpoint);

#endif
