/*
 * cluster doctor: asks everybody, examines, and says what it found.
 */
#ifndef DALV_CLI_DOCTOR_COMMAND_H
#define DALV_CLI_DOCTOR_COMMAND_H

#include "cli/invocation.h"
#include "cli/process_round.h" /* IWYU pragma: export */

int doctor_command_run(struct invocation *invocation);

#endif
