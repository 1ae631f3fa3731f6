#include "cli/process.h"

#include "base/buffer.h"
#include "cli/input.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OUTPUT_BYTES_MAX = 1 << 20
};

/* Spawned, never forked: the network has threads. Its id, or -1. */
static pid_t start(const char *command, int input, int output)
{
    char shell[] = "sh";
    char option[] = "-c";
    char *line = strdup(command);
    char *arguments[] = {shell, option, line, NULL};
    posix_spawn_file_actions_t actions;
    pid_t process = -1;

    if (line == NULL || posix_spawn_file_actions_init(&actions) != 0) {
        free(line);
        return -1;
    }
    if (posix_spawn_file_actions_adddup2(&actions, input, 0) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, output, 1) != 0 ||
        posix_spawn(&process, "/bin/sh", &actions, NULL, arguments, environ) !=
            0)
        process = -1;
    (void)posix_spawn_file_actions_destroy(&actions);
    free(line);
    return process;
}

/* Everything up to the end, with a zero behind it. */
static char *read_output(int output)
{
    struct buffer buffer;
    FILE *file = fdopen(output, "r");

    buffer_init(&buffer);
    if (file == NULL) {
        (void)close(output);
        return NULL;
    }
    if (input_read_all(file, OUTPUT_BYTES_MAX, &buffer) == DALV_OK)
        buffer_put(&buffer, bytes_make("", 1));
    (void)fclose(file);
    return (char *)buffer.data;
}

static bool ended_well(pid_t process)
{
    int status = 0;

    return waitpid(process, &status, 0) == process && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static char *run_with(const char *command, FILE *input)
{
    int ends[2];
    pid_t process;
    char *text = NULL;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return NULL;
    process = start(command, fileno(input), ends[1]);
    (void)close(ends[1]);
    if (process == -1) {
        (void)close(ends[0]);
        return NULL;
    }
    text = read_output(ends[0]);
    if (ended_well(process))
        return text;
    free(text);
    return NULL;
}

/* The input goes through a file, so that neither side can wait for ever. */
char *process_run(const char *command, const char *input)
{
    FILE *file = tmpfile();
    char *text = NULL;

    if (file == NULL)
        return NULL;
    if (fputs(input, file) != EOF && fflush(file) == 0 &&
        fseek(file, 0, SEEK_SET) == 0)
        text = run_with(command, file);
    (void)fclose(file);
    return text;
}
