/*
 * Completion of the command line, from the command table.
 */
#ifndef DALV_CLI_COMPLETION_H
#define DALV_CLI_COMPLETION_H

#include <stdio.h>

/* A script for bash to source, or to install as .../completions/dalv. */
void completion_print_bash(FILE *out);

/* A function for zsh, to install as _dalv in a folder of $fpath. */
void completion_print_zsh(FILE *out);

#endif
