/*
 * How to reach the cluster as a backend, collected call by call.
 */
#ifndef DALV_CLIENT_BACKEND_OPTIONS_H
#define DALV_CLIENT_BACKEND_OPTIONS_H

#include "client/connection.h"
#include "client/dalv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dalv_backend_options {
    char *endpoints[CONNECTION_ENDPOINTS_MAX];
    size_t endpoint_count;
    char *token;
    bool has_keys;
    struct endpoint_keys keys;
    uint32_t timeout_ms;
    uint32_t max_staleness_ms;
};

#endif
