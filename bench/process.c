#include "bench/process.h"

#include "base/clock.h"
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STOP_MS_MAX = 10000,
    STOP_POLL_MS = 1,
    LOG_MODE = 0644,
};

static pid_t spawn(char *const *arguments,
                   const posix_spawn_file_actions_t *actions)
{
    pid_t id = 0;
    int error =
        posix_spawnp(&id, arguments[0], actions, NULL, arguments, environ);

    if (error != 0)
        bench_give_up(arguments[0], strerror(error));
    return id;
}

void process_start(struct process *process, char *const *arguments,
                   const char *log)
{
    posix_spawn_file_actions_t actions;

    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(
        &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, LOG_MODE);
    (void)posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO,
                                           STDERR_FILENO);
    process->id = spawn(arguments, &actions);
    (void)posix_spawn_file_actions_destroy(&actions);
}

void process_stop(struct process *process, int signal)
{
    uint64_t end_ms = clock_boot_ms() + STOP_MS_MAX;

    if (process->id == 0)
        return;
    (void)kill(process->id, signal);
    while (waitpid(process->id, NULL, WNOHANG) == 0) {
        (void)poll(NULL, 0, STOP_POLL_MS);
        if (clock_boot_ms() >= end_ms)
            (void)kill(process->id, SIGKILL);
    }
    process->id = 0;
}

/* Reads until the other end is closed; false if that takes too long. */
static bool read_all(int from, uint64_t end_ms, char *text, size_t capacity)
{
    size_t size = 0;
    char rest[256];

    for (;;) {
        uint64_t now_ms = clock_boot_ms();
        struct pollfd item = {.fd = from, .events = POLLIN};
        bool is_full = size + 1 == capacity;
        ssize_t count;

        if (now_ms >= end_ms || poll(&item, 1, (int)(end_ms - now_ms)) <= 0)
            return false;
        count = is_full ? read(from, rest, sizeof(rest))
                        : read(from, text + size, capacity - size - 1);
        if (count <= 0)
            break;
        size += is_full ? 0 : (size_t)count;
    }
    text[size] = '\0';
    return true;
}

int process_run(char *const *arguments, uint32_t ms_max, char *text,
                size_t capacity)
{
    posix_spawn_file_actions_t actions;
    int ends[2];
    int state = 0;
    bool is_read;
    pid_t id;

    if (pipe2(ends, O_CLOEXEC) != 0)
        bench_give_up(arguments[0], strerror(errno));
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    id = spawn(arguments, &actions);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[1]);
    is_read = read_all(ends[0], clock_boot_ms() + ms_max, text, capacity);
    (void)close(ends[0]);
    if (!is_read)
        (void)kill(id, SIGKILL);
    (void)waitpid(id, &state, 0);
    if (!is_read || !WIFEXITED(state))
        bench_give_up(arguments[0], is_read ? "failed" : "took too long");
    return WEXITSTATUS(state);
}

void process_capture(char *const *arguments, uint32_t ms_max, char *text,
                     size_t capacity)
{
    if (process_run(arguments, ms_max, text, capacity) != 0)
        bench_give_up(arguments[0], "failed");
}

bool process_is_over(struct process *process)
{
    int state = 0;

    if (waitpid(process->id, &state, WNOHANG) != process->id)
        return false;
    process->id = 0;
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0)
        bench_give_up("a command", "failed");
    return true;
}
