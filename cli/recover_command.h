/*
 * cluster recover: a control store that was lost, made anew from what the
 * processes of the cluster know.
 */
#ifndef DALV_CLI_RECOVER_COMMAND_H
#define DALV_CLI_RECOVER_COMMAND_H

#include "cli/command.h"
#include "cli/invocation.h"

enum {
    RECOVER_COMMAND_OPTION_COUNT = 3,
};

extern const struct command_option
    recover_command_options[RECOVER_COMMAND_OPTION_COUNT];

int recover_command_run(struct invocation *invocation);

#endif
