/*
 * A transaction sent as a backend, and what is said about it.
 */
#ifndef DALV_CLI_WRITE_RESULT_H
#define DALV_CLI_WRITE_RESULT_H

#include "cli/invocation.h"

#include <dalv/dalv.h>

/* Apply it to the user of the first operand, print what it took. Takes the
   transaction. The exit code. */
int write_result_update(struct invocation *invocation,
                        struct dalv_transaction **transaction_p);

#endif
