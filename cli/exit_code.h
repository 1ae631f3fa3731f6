/*
 * What the process ends with: numbers that scripts may rely on.
 */
#ifndef DALV_CLI_EXIT_CODE_H
#define DALV_CLI_EXIT_CODE_H

#include <dalv/status.h>

enum exit_code {
    EXIT_DONE = 0,
    EXIT_NOT_FOUND = 1,
    EXIT_USAGE = 2,
    EXIT_CONFLICT = 3,    /* Conflict, precondition, wrong kind, quota. */
    EXIT_UNAVAILABLE = 4, /* Or timed out; says so if the outcome is open. */
    EXIT_NOT_PERMITTED = 5,
    EXIT_DAMAGED = 6,
    EXIT_INTERNAL = 70,
};

/* One of enum exit_code. */
int exit_code_of(enum dalv_status status);

#endif
