/*
 * One command of `dalv`: everything that is known about it, in one row.
 *
 * Parsing, --help, the man pages and the completion are all made from these
 * rows, so none of them can forget a command or an option.
 */
#ifndef DALV_CLI_COMMAND_H
#define DALV_CLI_COMMAND_H

#include <stddef.h>

struct invocation;

enum {
    COMMAND_OPTIONS_MAX = 16,
    COMMAND_OPERANDS_MAX = 2048, /* `put` of a list has many. */
};

struct command_option {
    const char *name;  /* Without the dashes. */
    char letter;       /* -f; 0 if it has none. */
    const char *value; /* What it takes, "DURATION"; NULL for a switch. */
    const char *help;
};

struct command {
    const char *name;     /* "list add". */
    const char *operands; /* "USER KEY VALUE". */
    const char *summary;  /* One line, an imperative, no full stop. */
    const char *details;  /* Paragraphs for the man page, an empty line between
                             them; NULL for none. */
    size_t operand_min;
    size_t operand_max;
    const struct command_option *options;
    size_t option_count;
    /* The process's exit code. */
    int (*run)(struct invocation *invocation);
};

/* Commands that belong together, in the order in which they are shown. */
struct command_family {
    const char *title;
    const struct command *commands;
    size_t count;
};

#define COMMAND_OPTIONS(array)                                                 \
    .options = (array), .option_count = sizeof(array) / sizeof((array)[0])
#define COMMAND_FAMILY(title_text, array)                                      \
    {                                                                          \
        .title = (title_text), .commands = (array),                            \
        .count = sizeof(array) / sizeof((array)[0])                            \
    }

#endif
