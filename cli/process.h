/*
 * A command of the shell that is given a text and answers with one.
 */
#ifndef DALV_CLI_PROCESS_H
#define DALV_CLI_PROCESS_H

/* What the command printed, 1 MiB at most, owned by you (free); NULL if it
   could not be run or did not end with 0. */
char *process_run(const char *command, const char *input);

#endif
