/*
 * The man pages of `dalv`, from the command table.
 */
#ifndef DALV_CLI_COMMAND_MAN_H
#define DALV_CLI_COMMAND_MAN_H

#include "cli/command.h"

#include <stdbool.h>
#include <stdio.h>

/* dalv(1): all commands, the exit codes, the files. */
void command_man_print_program(FILE *out);

/* dalv-COMMAND(1); of `list add`, dalv-list-add(1). */
void command_man_print(const struct command *command, FILE *out);

/* Every page as a file of its name in an existing folder. False if one cannot
   be written; then errno says why. */
bool command_man_write_all(const char *folder);

#endif
