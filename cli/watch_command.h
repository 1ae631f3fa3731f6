/*
 * `dalv watch`.
 */
#ifndef DALV_CLI_WATCH_COMMAND_H
#define DALV_CLI_WATCH_COMMAND_H

#include "cli/command.h"

enum {
    WATCH_COMMAND_OPTION_COUNT = 6
};

extern const struct command_option
    watch_command_options[WATCH_COMMAND_OPTION_COUNT];

int watch_command_run(struct invocation *invocation);

#endif
