/*
 * `dalv import`.
 */
#ifndef DALV_CLI_IMPORT_COMMAND_H
#define DALV_CLI_IMPORT_COMMAND_H

#include "cli/command.h"

enum {
    IMPORT_COMMAND_OPTION_COUNT = 8
};

extern const struct command_option
    import_command_options[IMPORT_COMMAND_OPTION_COUNT];

int import_command_run(struct invocation *invocation);

#endif
