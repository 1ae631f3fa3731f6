/*
 * completion, man: about the program itself.
 */
#include "cli/command_man.h"
#include "cli/command_table.h" /* IWYU pragma: keep */
#include "cli/completion.h"
#include "cli/invocation.h"

#include <errno.h>
#include <string.h>

static int run_completion(struct invocation *invocation)
{
    const char *shell = invocation->operands[0];

    if (strcmp(shell, "bash") == 0)
        completion_print_bash(invocation->out);
    else if (strcmp(shell, "zsh") == 0)
        completion_print_zsh(invocation->out);
    else
        return invocation_usage(invocation, "there is completion for bash and "
                                            "for zsh");
    return EXIT_DONE;
}

static int run_man(struct invocation *invocation)
{
    if (command_man_write_all(invocation->operands[0]))
        return EXIT_DONE;
    return invocation_fail(invocation, DALV_IO, strerrordesc_np(errno));
}

static const struct command commands[] = {
    {.name = "completion",
     .operands = "bash|zsh",
     .summary = "Print a script that completes the command line",
     .details = "For bash: source <(dalv completion bash). For zsh: write it "
                "to a file _dalv in a folder of $fpath.",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_completion},
    {.name = "man",
     .operands = "DIR",
     .summary = "Write every man page into a folder",
     .operand_min = 1,
     .operand_max = 1,
     .run = run_man},
};

const struct command_family program_commands =
    COMMAND_FAMILY("This program", commands);
