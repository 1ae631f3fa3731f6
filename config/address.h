/*
 * Where to listen or to connect: a numeric address and a port.
 *
 * Servers name no hosts: what a name means may change between the check of a
 * configuration and its use. Clients may, where the server has to prove by its
 * key who it is: whoever checks that takes address_parse_named.
 */
#ifndef DALV_CONFIG_ADDRESS_H
#define DALV_CONFIG_ADDRESS_H

#include "base/bytes.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ADDRESS_HOST_MAX = 253, /* The longest name; addresses are shorter. */
    ADDRESS_TEXT_MAX = ADDRESS_HOST_MAX + 2 + 1 + 5,
    ADDRESSES_MAX = 8,
};

/* One that is zeroed is unset. */
struct address {
    char host[ADDRESS_HOST_MAX + 1]; /* "127.0.0.1", "::1" or a name. */
    uint16_t port;
};

/* Several that serve alike. */
struct addresses {
    size_t count;
    struct address items[ADDRESSES_MAX];
};

/* False, and nothing written, if it is no IPv4 or IPv6 address. */
bool address_host_parse(struct bytes text, char out_host[ADDRESS_HOST_MAX + 1]);

/* "127.0.0.1:7470" or "[::1]:7470"; false, and nothing written, if not. */
bool address_parse(struct bytes text, struct address *out_address);

/* The same, or "db1.example:7470": a name of letters, digits and hyphens, with
   dots between. */
bool address_parse_named(struct bytes text, struct address *out_address);

bool address_is_set(const struct address *address);

/* Append the same form that address_parse reads. */
void address_format(const struct address *address, struct text *text);

/* True if it has to be resolved. */
bool address_is_name(const struct address *address);

/* True if only this machine can reach it; false of a name. */
bool address_is_loopback(const struct address *address);

#endif
