/*
 * cluster top: asks everybody again and again, and shows what they do.
 */
#ifndef DALV_CLI_TOP_COMMAND_H
#define DALV_CLI_TOP_COMMAND_H

#include "cli/command.h"
#include "cli/invocation.h"

enum {
    TOP_COMMAND_OPTION_COUNT = 4,
};

extern const struct command_option
    top_command_options[TOP_COMMAND_OPTION_COUNT];

int top_command_run(struct invocation *invocation);

#endif
