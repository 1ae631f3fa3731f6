/*
 * What a process tells those who watch over it: health and metrics over HTTP.
 */
#ifndef DALV_DALVD_MONITOR_H
#define DALV_DALVD_MONITOR_H

#include "base/status.h"
#include "config/address.h"
#include "node/shell.h"
#include "router/shell.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MONITOR_EVERY_MS = 1000
};

struct monitor;

/*
 * Listen at `address`. The roles may be NULL and outlive the monitor. As
 * http_server_open.
 */
DALV_MUST_CHECK enum dalv_status monitor_open(const struct address *address,
                                              struct node_shell *node,
                                              struct router_shell *router,
                                              struct monitor **out_monitor);

/* Once in each turn of the loop. */
void monitor_beat(struct monitor *monitor, uint64_t now_ms);

/* When it must beat next, at the latest. */
uint64_t monitor_next_deadline_ms(const struct monitor *monitor);

/* From now on it is not ready: it ends. */
void monitor_set_ending(struct monitor *monitor);

void monitor_close(struct monitor **monitor_p);

#endif
