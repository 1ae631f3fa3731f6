/*
 * The command line, read against the command table.
 */
#ifndef DALV_CLI_ARGUMENTS_H
#define DALV_CLI_ARGUMENTS_H

#include "cli/invocation.h"

#include <stdbool.h>

/*
 * Fill `invocation` from the words behind the program's name. `operands` has
 * room for as many words as there are; both are borrowed. False, and said why,
 * if they make no sense; a number such as -5 is an operand, `--` ends the
 * options. --help, --man and --version need no operands.
 */
bool arguments_parse(int count, const char *const *words, const char **operands,
                     struct invocation *invocation);

#endif
