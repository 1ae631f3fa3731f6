/*
 * A request of an operator: put into the control store, and waited for until
 * the cluster's controller has carried it out.
 *
 * It outlives the command: whoever stops waiting, by --no-wait, --timeout or a
 * signal, leaves it standing. Asked again, the same request is joined.
 */
#ifndef DALV_CLI_OPERATOR_WAIT_H
#define DALV_CLI_OPERATOR_WAIT_H

#include "cli/cluster_access.h"
#include "control/operator_request.h"

/* The options of every command that asks for something. */
#define OPERATOR_WAIT_OPTIONS                                                  \
    {.name = "no-wait",                                                        \
     .help = "Only ask; 'dalv cluster status' shows how far it is"},           \
    {                                                                          \
        .name = "timeout", .value = "DURATION",                                \
        .help = "Wait no longer; it goes on all the same"                      \
    }

/*
 * Ask for what `verb`, `node` and `partition` of the request say, and wait. The
 * map was read. EXIT_DONE once it is done; EXIT_CONFLICT if it was refused,
 * EXIT_UNAVAILABLE if nobody carries it out or the time is over, as was said.
 */
int operator_wait_for(struct cluster_access *access,
                      const struct operator_request *wanted);

#endif
