/*
 * Where the shell's lines come from: libedit on a terminal (history,
 * completion), the plain file otherwise. The one file that knows libedit.
 */
#ifndef DALV_CLI_SHELL_INPUT_H
#define DALV_CLI_SHELL_INPUT_H

#include "cli/invocation.h"

struct shell_input;

/* Keys for completion: called with what was typed of one, gives an array of
   texts that ends with NULL, all of it owned by the caller (free). */
typedef char **shell_keys(void *owner, const char *typed);

/* NULL if there is no memory. */
struct shell_input *shell_input_open(const struct invocation *invocation,
                                     shell_keys *keys, void *owner);
void shell_input_close(struct shell_input **input_p);

/* The next line, yours to change until the next call; NULL at the end. */
char *shell_input_next(struct shell_input *input);

#endif
