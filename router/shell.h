/*
 * The router role: carries out what the router's core decides.
 *
 * It owns the two endpoints that clients come by and one to each storage node
 * of the map, which whoever follows the control store hands in. One thread uses
 * it, that of the loop; the handlers are the loop's: each gives false for what
 * is not this shell's.
 */
#ifndef DALV_ROUTER_SHELL_H
#define DALV_ROUTER_SHELL_H

#include "base/bytes.h"
#include "base/status.h"
#include "http/metrics.h"
#include "net/endpoint.h"
#include "net/loop.h"
#include "router/core.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct router_shell_options {
    const char *backend_address; /* That backends come by. */
    const char *device_address;  /* That devices come by. */
    struct endpoint *node;       /* Of a node in the same process, or NULL; */
    uint32_t node_id;            /* its id. */
    const struct endpoint_keys *node_keys; /* Towards others; NULL for none. */
    /* A newer map may be there: told on the loop's thread. NULL: nobody asks.
     */
    void (*want_map)(void *context);
    void *want_map_context;
    const struct endpoint_keys *backend_keys; /* NULL for none; loopback. */
    const struct endpoint_keys *device_keys;  /* The same. */
    struct bytes router_id;
    struct bytes cluster_id;
    uint64_t boot_session; /* Grows with each start. */
    uint32_t session_max;
    uint32_t pending_max;
    uint32_t deadline_ms;
    struct admission_limits limits;
    size_t client_queue_bytes; /* Answers that one client has not read, ... */
    size_t port_queue_bytes;   /* ... and all who came by one port. */
    size_t memory_bytes_max;
    size_t frame_bytes_max; /* Requests that are kept to be repeated. */
    struct token_judge *token_judge;
};

struct router_shell;

/*
 * Binds both ports; without a map, clients are told to come back. DALV_LOCKED
 * or DALV_INVALID: an address, which `out_address` then names.
 */
DALV_MUST_CHECK enum dalv_status router_shell_open(
    const struct router_shell_options *options, struct loop *loop,
    struct router_shell **out_shell, const char **out_address);

/*
 * The newest map: connect to its nodes, and ask whoever leads. Borrowed during
 * the call. What the status says is of nodes that can not be connected to; all
 * else is in force.
 */
DALV_MUST_CHECK enum dalv_status router_shell_set_map(
    struct router_shell *shell, const struct cluster_map *map);

/* From now on. */
void router_shell_set_limits(struct router_shell *shell,
                             const struct admission_limits *limits,
                             uint32_t deadline_ms);

/* The keys have changed: who came by one that is gone is sent away. */
void router_shell_review_tokens(struct router_shell *shell);

bool router_shell_on_parcel(struct router_shell *shell,
                            const struct endpoint *from,
                            struct parcel **parcel_p);
bool router_shell_on_connection(struct router_shell *shell,
                                const struct endpoint *from, bool is_connected);
void router_shell_on_deadline(struct router_shell *shell);
uint64_t router_shell_next_deadline_ms(const struct router_shell *shell);

/* What the role tells of itself; updated by router_shell_measure. */
struct router_metrics {
    struct metric_counter requests;
    struct metric_counter refused;
    struct metric_counter hellos_refused;
    struct metric_counter rates_refused;
    struct metric_counter sessions_expired;
    struct metric_counter timed_out;
    struct metric_counter held;
    struct metric_counter repeated;
    struct metric_counter not_master;
    struct metric_counter unreadable;
    struct metric_counter undelivered;
    struct metric_gauge sessions;
    struct metric_gauge pending;
    struct metric_gauge waiting_bytes;
};

/* The role's metrics; borrowed until it closes. */
const struct router_metrics *router_shell_metrics(
    const struct router_shell *shell);

/* Bring the metrics up to date; on the loop's thread, now and then. */
void router_shell_measure(struct router_shell *shell);

/* True if a storage node is attached: requests can be answered. */
bool router_shell_is_ready(const struct router_shell *shell);

/* Take nothing from clients any more; what is under way is answered. */
void router_shell_drain(struct router_shell *shell);
/* True if no question waits for its answer. */
bool router_shell_is_idle(const struct router_shell *shell);

void router_shell_close(struct router_shell **shell_p);

#endif
