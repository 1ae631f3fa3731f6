/*
 * `dalv cluster init`.
 */
#ifndef DALV_CLI_CLUSTER_INIT_COMMAND_H
#define DALV_CLI_CLUSTER_INIT_COMMAND_H

#include "cli/command.h"
#include "control/cluster_init.h"

enum {
    CLUSTER_INIT_COMMAND_OPTION_COUNT = 5
};

extern const struct command_option
    cluster_init_command_options[CLUSTER_INIT_COMMAND_OPTION_COUNT];

int cluster_init_command_run(struct invocation *invocation);

#endif
