/*
 * Who decides conflicts: a rule, the person at the terminal, or a command.
 */
#ifndef DALV_CLI_CONFLICT_CHOICE_H
#define DALV_CLI_CONFLICT_CHOICE_H

#include "cli/invocation.h"

#include <dalv/dalv.h>

struct conflict_choice {
    struct invocation *invocation;
    const char *command; /* For conflict_choice_by_command. */
};

/*
 * The resolver for what --on-conflict says: mine, theirs, merge, ask or a
 * command; `word` NULL: none, conflicts stay for later. Its owner is `choice`,
 * which is filled in.
 */
dalv_resolver *conflict_choice_resolver(struct invocation *invocation,
                                        const char *word,
                                        struct conflict_choice *choice);

#endif
