/*
 * A small HTTP server for machines that watch: health and metrics, GET only.
 *
 *     /healthz   200 "live"  or 503 "not live"
 *     /readyz    200 "ready" or 503 "not ready"
 *     /metrics   200 and metrics_format
 *
 * It has a thread of its own, bounded connections and time-outs, and knows no
 * user's data. It is the only file that knows libmicrohttpd.
 */
#ifndef DALV_HTTP_SERVER_H
#define DALV_HTTP_SERVER_H

#include "base/status.h"
#include "http/health.h"
#include "http/metrics.h"

#include <stdint.h>

enum {
    HTTP_CONNECTIONS_MAX = 32,
    HTTP_TIMEOUT_S = 5,
    HTTP_PAGE_BYTES_MAX = 256 << 10,
};

struct http_server;

struct http_server_options {
    const char *address;         /* Numeric, IPv4 or IPv6. */
    uint16_t port;               /* 0 for any that is free. */
    const struct health *health; /* Both borrowed until the server closes. */
    struct metric_table metrics; /* Must pass metrics_check. */
};

/*
 * Listen and answer from now on. The caller closes it with http_server_close.
 *
 * DALV_INVALID for an address that is none; DALV_LOCKED if the port is taken;
 * DALV_NOT_PERMITTED; DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status http_server_open(
    const struct http_server_options *options, struct http_server **out_server);

/* Stop listening, end what is open, release; NULL is fine. */
void http_server_close(struct http_server **server_p);

/* The port that it listens on. */
uint16_t http_server_port(const struct http_server *server);

#endif
