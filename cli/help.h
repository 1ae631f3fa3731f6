/*
 * --help, from the command table.
 */
#ifndef DALV_CLI_HELP_H
#define DALV_CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

/* All commands, a line each, by family. */
void help_print_program(FILE *out);

/* The commands of a group such as "list", a line each. */
void help_print_group(const char *group, FILE *out);

/* One command: usage, what it does, its options. */
void help_print_command(const struct command *command, FILE *out);

#endif
