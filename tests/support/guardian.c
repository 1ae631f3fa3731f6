#include "tests/support/guardian.h"

#include "base/assert.h"
#include "tests/support/folder.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PIPE_END = 3,
    /* A server that is being killed may still put a file there. */
    REMOVALS_MAX = 100,
    REMOVAL_PAUSE_US = 20000,
};

/* Nothing of ours may be held open: neither what a parent reads to its end, nor
   sockets, which would live on here. */
static void let_go(int *pipe_end)
{
    int nowhere = open("/dev/null", O_RDWR);

    if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 ||
        dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0 ||
        dup2(*pipe_end, PIPE_END) < 0)
        _exit(1);
    *pipe_end = PIPE_END;
    (void)close_range(PIPE_END + 1, UINT_MAX, 0);
}

static void watch_over(const char *path, int pipe_end)
{
    struct folder folder;
    struct stat facts;
    char byte;

    (void)setsid();
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    let_go(&pipe_end);
    (void)snprintf(folder.path, sizeof(folder.path), "%s", path);
    while (read(pipe_end, &byte, 1) > 0)
        continue;
    for (int i = 0; i < REMOVALS_MAX && stat(path, &facts) == 0; i++) {
        folder_close(&folder);
        (void)usleep(REMOVAL_PAUSE_US);
    }
}

int guardian_post(const char *path)
{
    int ends[2];
    pid_t child;

    ASSERT(pipe2(ends, O_CLOEXEC) == 0);
    child = fork();
    ASSERT(child >= 0);
    if (child == 0) {
        /* A grandchild: who ends all that we started does not find it. */
        (void)close(ends[1]);
        if (fork() == 0)
            watch_over(path, ends[0]);
        _exit(0);
    }
    (void)close(ends[0]);
    (void)waitpid(child, NULL, 0);
    return ends[1];
}

void guardian_dismiss(int *post_p)
{
    if (*post_p >= 0)
        (void)close(*post_p);
    *post_p = -1;
}
