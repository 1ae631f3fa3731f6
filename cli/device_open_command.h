/*
 * device open: a replica in a folder, or a new token for it.
 */
#ifndef DALV_CLI_DEVICE_OPEN_COMMAND_H
#define DALV_CLI_DEVICE_OPEN_COMMAND_H

#include "cli/command.h"
#include "cli/invocation.h"

enum {
    DEVICE_OPEN_COMMAND_OPTION_COUNT = 4
};

extern const struct command_option
    device_open_command_options[DEVICE_OPEN_COMMAND_OPTION_COUNT];

int device_open_command_run(struct invocation *invocation);

#endif
