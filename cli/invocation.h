/*
 * One call of a command: its operands and options, and where it reads from and
 * writes to.
 *
 * It opens what commands need when they need it (the profile, a backend) and
 * says what went wrong, for people or as JSON. Commands return the exit code
 * that these functions give them.
 */
#ifndef DALV_CLI_INVOCATION_H
#define DALV_CLI_INVOCATION_H

#include "cli/command.h"
#include "cli/exit_code.h"

#include <dalv/dalv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct invocation {
    const struct command *command; /* NULL: none was named. */
    const char *group; /* "list": its first word; NULL if it has one alone. */
    const char *profile_path; /* NULL for the default. */
    bool is_json;
    bool is_help;
    bool is_man;
    bool is_version;
    const char *const *operands; /* Borrowed from argv. */
    size_t operand_count;
    /* By the index of the option in the command's row; NULL if not given, ""
       for a switch. */
    const char *options[COMMAND_OPTIONS_MAX];
    FILE *in;
    FILE *out;
    FILE *err;
};

/* The value of an option of this command; NULL if it was not given. */
const char *invocation_option(const struct invocation *invocation,
                              const char *name);
bool invocation_has(const struct invocation *invocation, const char *name);

/*
 * The option as a number within 0 .. max; `otherwise` if it was not given.
 * False, and said why, if it is none.
 */
bool invocation_number(struct invocation *invocation, const char *name,
                       uint64_t max, uint64_t *inout_number);
/* The same for a duration in milliseconds: "250ms", "30s", "15m", "8h", "7d".
 */
bool invocation_duration(struct invocation *invocation, const char *name,
                         uint64_t *inout_ms);

/* Say that it was called wrongly, and how it is called. EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int invocation_usage(
    const struct invocation *invocation, const char *format, ...);

/*
 * Say that it failed, with what is known: `detail` (may be NULL) is what the
 * SDK says for people. The exit code that belongs to `status`.
 */
int invocation_fail(const struct invocation *invocation,
                    enum dalv_status status, const char *detail);

/*
 * The same for a file or folder on this machine, where no token would help:
 * one that is absent or closed is a wrong argument, so that DALV_NOT_FOUND is
 * EXIT_USAGE and never taken for a key that is absent.
 */
int invocation_fail_file(const struct invocation *invocation,
                         enum dalv_status status, const char *detail);

/* The same for a write: it says as well whether it may have been done. */
int invocation_fail_write(const struct invocation *invocation,
                          enum dalv_status status, const char *detail);

/* Flush what was written; EXIT_INTERNAL if it could not be. */
int invocation_finish(const struct invocation *invocation, int code);

/* True if standard error is a terminal: progress may be shown there. */
bool invocation_is_watched(const struct invocation *invocation);

#endif
