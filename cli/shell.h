/*
 * `dalv shell`: a replica, line by line.
 */
#ifndef DALV_CLI_SHELL_H
#define DALV_CLI_SHELL_H

struct invocation;

int shell_run(struct invocation *invocation);

#endif
