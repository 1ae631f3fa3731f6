#include "bench/guard.h"

#include "base/clock.h"
#include "base/folder_tree.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    EXIT_GUARD = 1,
    MS_PER_S = 1000,
};

static void watched_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGCHLD);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGHUP);
}

/* True once the work has ended by itself. */
static bool has_ended(pid_t worker, int *out_code)
{
    int state = 0;

    if (waitpid(worker, &state, WNOHANG) != worker)
        return false;
    *out_code = WIFEXITED(state) ? WEXITSTATUS(state) : EXIT_GUARD;
    return true;
}

static int wait_for(pid_t worker, uint32_t seconds_max)
{
    uint64_t end_ms = clock_boot_ms() + (uint64_t)seconds_max * MS_PER_S;
    const struct timespec second = {.tv_sec = 1};
    int code = EXIT_GUARD;
    sigset_t set;

    watched_signals(&set);
    while (!has_ended(worker, &code)) {
        int signal = sigtimedwait(&set, NULL, &second);

        if (signal > 0 && signal != SIGCHLD) {
            (void)fputs("dalv-bench: interrupted\n", stderr);
            break;
        }
        if (clock_boot_ms() >= end_ms) {
            (void)fputs("dalv-bench: out of time\n", stderr);
            break;
        }
    }
    return code;
}

int guard_run(const struct guard_options *options)
{
    sigset_t set;
    sigset_t before;
    pid_t worker;
    int code;

    watched_signals(&set);
    (void)sigprocmask(SIG_BLOCK, &set, &before);
    worker = fork();
    if (worker == 0) {
        (void)setpgid(0, 0);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        exit(options->work(options->owner));
    }
    if (worker > 0) {
        (void)setpgid(worker, worker);
        code = wait_for(worker, options->seconds_max);
        (void)kill(-worker, SIGKILL);
        while (waitpid(-worker, NULL, 0) > 0)
            continue;
    } else {
        perror("dalv-bench: fork");
        code = EXIT_GUARD;
    }
    (void)folder_tree_remove(options->scratch);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return code;
}
