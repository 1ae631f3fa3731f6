/*
 * A line of the shell, taken apart: its verb, its key, and what follows.
 *
 * Words are separated by spaces; "..." holds a word with spaces in it, in which
 * \" and \\ stand for themselves. The value is the rest of the line as it is,
 * unless it is quoted.
 */
#ifndef DALV_CLI_SHELL_WORDS_H
#define DALV_CLI_SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum shell_verb {
    SHELL_NOTHING, /* An empty line. */
    SHELL_UNKNOWN,
    SHELL_SET,
    SHELL_GET,
    SHELL_DEL,
    SHELL_ADD,
    SHELL_INCR,
    SHELL_LIST_ADD,
    SHELL_LIST_GET,
    SHELL_LIST_REMOVE,
    SHELL_SCAN,
    SHELL_HELP,
    SHELL_EXIT,
    SHELL_SYNC,
    SHELL_STATUS,
};

struct shell_line {
    enum shell_verb verb;
    const char *key;   /* NULL if there is none. */
    const char *value; /* The same. */
};

/* Take `text` apart; it is changed, and the words borrow from it. */
struct shell_line shell_words_parse(char *text);

/* Every word that a line may begin with, ended by NULL: for completion. */
const char *const *shell_words_all(void);

#endif
