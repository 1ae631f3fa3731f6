#include "cli/program.h"

#include <signal.h>

int main(int argc, char **argv)
{
    const struct program_files files = {
        .in = stdin, .out = stdout, .err = stderr};

    /* A reader that has seen enough is an error of writing, not the end. */
    (void)signal(SIGPIPE, SIG_IGN);
    return program_run(argc - 1, (const char *const *)argv + 1, &files);
}
