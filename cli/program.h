/*
 * `dalv` as a function: what main calls, and what tests call with their own
 * files.
 */
#ifndef DALV_CLI_PROGRAM_H
#define DALV_CLI_PROGRAM_H

#include <stdio.h>

struct program_files {
    FILE *in;
    FILE *out;
    FILE *err;
};

/* Run with the words behind the program's name. The exit code. */
int program_run(int count, const char *const *words,
                const struct program_files *files);

#endif
