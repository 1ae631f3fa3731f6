/*
 * What a process tells those who watch over it: health and metrics over HTTP.
 */
#ifndef DALV_DALVD_MONITOR_H
#define DALV_DALVD_MONITOR_H

#include "base/status.h"
#include "base/text.h"
#include "config/address.h"
#include "dalvd/membership.h"
#include "node/shell.h"
#include "router/shell.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    MONITOR_EVERY_MS = 1000
};

struct monitor;

/* Of whom it tells; each may be NULL, and outlives the monitor. */
struct monitor_sources {
    struct node_shell *node;
    struct router_shell *router;
    const struct membership *membership;
    uint32_t partition_count;
};

/* Listen at `address`. As http_server_open. */
DALV_MUST_CHECK enum dalv_status monitor_open(
    const struct address *address, const struct monitor_sources *sources,
    struct monitor **out_monitor);

/* Once in each turn of the loop. */
void monitor_beat(struct monitor *monitor, uint64_t now_ms);

/* When it must beat next, at the latest. */
uint64_t monitor_next_deadline_ms(const struct monitor *monitor);

/* What it tells over HTTP, as text; cut if there is no room. */
void monitor_describe(const struct monitor *monitor, struct text *out_text);
bool monitor_is_ready(const struct monitor *monitor);

/* From now on it is not ready: it ends. */
void monitor_set_ending(struct monitor *monitor);

void monitor_close(struct monitor **monitor_p);

#endif
