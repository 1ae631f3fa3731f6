/*
 * What dalvd/service.c is to the product: the roles of one process on one
 * loop, in virtual time.
 */
#ifndef DALV_TESTS_SIM_SERVER_H
#define DALV_TESTS_SIM_SERVER_H

#include "config/config.h"
#include "dalvd/keyring.h"
#include "dalvd/membership.h"
#include "node/shell.h"
#include "router/shell.h"
#include "tests/sim/host/process.h"

#include <stdbool.h>

struct server {
    struct process process;
    char name[16];
    struct config config; /* As far as a membership looks at it. */
    struct keyring keyring;
    struct loop *loop;
    struct membership *membership; /* NULL: a cluster of its own. */
    struct node_shell *node;       /* NULL: not its role. */
    struct router_shell *router;   /* The same. */
};

void server_init(struct server *server, struct world *world, const char *name,
                 uint32_t roles);

/* It begins to live, without a role; then it has entered. */
void server_begin(struct server *server);
/* It has its roles. */
void server_join(struct server *server);

/* It closes all that it has, in order; it has entered. As node_shell_close. */
enum dalv_status server_close(struct server *server);

#endif
