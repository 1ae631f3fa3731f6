#include "cli/program.h"

#include "cli/arguments.h"
#include "cli/command_man.h"
#include "cli/help.h"

#include <stdlib.h>

static int run(struct invocation *invocation)
{
    const struct command *command = invocation->command;

    if (invocation->is_version)
        (void)fprintf(invocation->out, "dalv %s\n", dalv_version());
    else if (invocation->is_man && command == NULL)
        command_man_print_program(invocation->out);
    else if (invocation->is_man)
        command_man_print(command, invocation->out);
    else if (invocation->is_help && command == NULL &&
             invocation->group != NULL)
        help_print_group(invocation->group, invocation->out);
    else if (invocation->is_help && command == NULL)
        help_print_program(invocation->out);
    else if (invocation->is_help)
        help_print_command(command, invocation->out);
    else
        return command->run(invocation);
    return EXIT_DONE;
}

int program_run(int count, const char *const *words,
                const struct program_files *files)
{
    struct invocation invocation = {
        .in = files->in, .out = files->out, .err = files->err};
    const char **operands = calloc((size_t)count + 1, sizeof(*operands));
    int code = EXIT_USAGE;

    if (operands == NULL)
        return EXIT_INTERNAL;
    if (count == 0) {
        help_print_program(files->err);
    } else if (arguments_parse(count, words, operands, &invocation)) {
        code = run(&invocation);
        code = invocation_finish(&invocation, code);
    }
    free(operands);
    return code;
}
