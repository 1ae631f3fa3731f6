/*
 * Where to listen or to connect: a numeric address and a port.
 *
 * Names are not resolved: what a name means may change between the check of a
 * configuration and its use.
 */
#ifndef DALV_CONFIG_ADDRESS_H
#define DALV_CONFIG_ADDRESS_H

#include "base/bytes.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ADDRESS_HOST_MAX = 45, /* The longest IPv6 address as text. */
    ADDRESS_TEXT_MAX = ADDRESS_HOST_MAX + 2 + 1 + 5,
};

/* One that is zeroed is unset. */
struct address {
    char host[ADDRESS_HOST_MAX + 1]; /* "127.0.0.1" or "::1". */
    uint16_t port;
};

/* False, and nothing written, if it is no IPv4 or IPv6 address. */
bool address_host_parse(struct bytes text, char out_host[ADDRESS_HOST_MAX + 1]);

/* "127.0.0.1:7470" or "[::1]:7470"; false, and nothing written, if not. */
bool address_parse(struct bytes text, struct address *out_address);

bool address_is_set(const struct address *address);

/* Append the same form that address_parse reads. */
void address_format(const struct address *address, struct text *text);

/* True if only this machine can reach it. */
bool address_is_loopback(const struct address *address);

#endif
