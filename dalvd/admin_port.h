/*
 * The admin port: tells operators how this process is.
 *
 * It answers INSPECT, and HEARTBEAT as a storage node of a cluster does; it
 * changes nothing. With keys only those in admin.allowed come in.
 *
 * One thread uses it, that of the loop.
 */
#ifndef DALV_DALVD_ADMIN_PORT_H
#define DALV_DALVD_ADMIN_PORT_H

#include "base/status.h"
#include "config/config.h"
#include "dalvd/keyring.h"
#include "dalvd/membership.h"
#include "dalvd/monitor.h"
#include "net/loop.h"
#include "node/shell.h"

#include <stdbool.h>
#include <stdint.h>

/* Of whom it tells; all borrowed. */
struct admin_port_options {
    const struct config *config; /* As it is at each question. */
    const struct keyring *keyring;
    const struct node_shell *node;       /* NULL without the role. */
    const struct membership *membership; /* NULL: a cluster of its own. */
    const struct monitor *monitor;
    uint64_t boot_id;
};

struct admin_port;

/* DALV_LOCKED, DALV_INVALID: the address that the configuration names. */
DALV_MUST_CHECK enum dalv_status admin_port_open(
    const struct admin_port_options *options, struct loop *loop,
    struct admin_port **out_port);

/* The loop's: false for what is not this port's. */
bool admin_port_on_parcel(struct admin_port *port, const struct endpoint *from,
                          const struct parcel *parcel);

/* NULL is fine; before those of whom it tells. */
void admin_port_close(struct admin_port **port_p);

#endif
