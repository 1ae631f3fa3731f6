/*
 * `dalv device sync`, `device status`, `device conflicts`.
 */
#ifndef DALV_CLI_DEVICE_SYNC_COMMAND_H
#define DALV_CLI_DEVICE_SYNC_COMMAND_H

#include "cli/command.h"

enum {
    DEVICE_SYNC_COMMAND_OPTION_COUNT = 3,
    DEVICE_CONFLICTS_COMMAND_OPTION_COUNT = 1,
};

extern const struct command_option
    device_sync_command_options[DEVICE_SYNC_COMMAND_OPTION_COUNT];
extern const struct command_option
    device_conflicts_command_options[DEVICE_CONFLICTS_COMMAND_OPTION_COUNT];

int device_sync_command_run(struct invocation *invocation);
int device_sync_command_run_status(struct invocation *invocation);
int device_sync_command_run_conflicts(struct invocation *invocation);

#endif
