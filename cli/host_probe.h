/*
 * Whether anybody listens at an address, as the network tells.
 */
#ifndef DALV_CLI_HOST_PROBE_H
#define DALV_CLI_HOST_PROBE_H

#include "cli/inspection.h"
#include "config/address.h"

#include <stdbool.h>

enum {
    HOST_PROBE_MS = 1000,
};

/* INSPECTION_ANSWERED if somebody listens; else UNRESOLVED, DOWN or
   UNREACHABLE. Waits HOST_PROBE_MS at most, beside looking up a name. */
enum inspection_outcome host_probe(const struct address *address);

/* False if it is a name that nobody knows. */
bool host_probe_resolves(const struct address *address);

#endif
