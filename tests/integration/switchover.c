#include "tests/integration/switchover.h"

#include "base/assert.h"
#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AFTERWARDS_MS = 300, /* Who was asked late notices late. */
    NAME_BYTES = 32,
    NO_PROGRAM = 127,
};

static pid_t ask(const struct live_cluster *cluster, uint32_t partition,
                 size_t node)
{
    char number[NAME_BYTES];
    char name[NAME_BYTES];
    pid_t child;

    (void)snprintf(number, sizeof(number), "%u", partition);
    (void)snprintf(name, sizeof(name), "node-%zu", node + 1);
    child = fork();
    ASSERT(child >= 0);
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

        (void)dup2(nowhere, STDOUT_FILENO);
        (void)execl(DALV_PROGRAM, "dalv", "--profile", cluster->profile,
                    "switchover", "--partition", number, "--to", name,
                    (char *)NULL);
        _exit(NO_PROGRAM);
    }
    return child;
}

static void write_once(struct dalv_backend *backend, const char *user,
                       struct switchover *switchover)
{
    uint64_t begin_ms = clock_boot_ms();
    uint64_t logged_ms = takeover_now_ms();
    enum dalv_status status = dalv_backend_put(
        backend, dalv_text(user), dalv_text("key"), dalv_text("value"), NULL);
    uint64_t took_ms = clock_boot_ms() - begin_ms;

    switchover->write_count++;
    if (status != DALV_OK)
        switchover->error_count++;
    if (took_ms <= switchover->longest_ms)
        return;
    switchover->longest_ms = took_ms;
    switchover->longest_began_ms = logged_ms;
}

enum dalv_status switchover_measure(struct live_cluster *cluster,
                                    struct dalv_backend *backend,
                                    uint32_t partition,
                                    struct switchover *out_switchover)
{
    size_t node = live_cluster_master(cluster, partition);
    uint64_t until_ms = UINT64_MAX;
    int state = 0;
    char user[NAME_BYTES];
    pid_t child;

    if (node == SIZE_MAX)
        return DALV_NOT_FOUND;
    *out_switchover = (struct switchover){0};
    live_cluster_user(partition, 0, user);
    child = ask(cluster, partition, (node + 1) % LIVE_CLUSTER_NODES);
    while (clock_boot_ms() < until_ms) {
        write_once(backend, user, out_switchover);
        if (until_ms == UINT64_MAX && waitpid(child, &state, WNOHANG) == child)
            until_ms = clock_boot_ms() + AFTERWARDS_MS;
    }
    takeover_read(cluster, partition, out_switchover->longest_began_ms,
                  &out_switchover->takeover);
    out_switchover->code = WIFEXITED(state) ? WEXITSTATUS(state) : NO_PROGRAM;
    return DALV_OK;
}

void switchover_tell(const struct switchover *switchover)
{
    (void)printf("partition %u was handed over, status %d: %zu writes, %zu "
                 "errors, none waited longer than %llu ms",
                 switchover->takeover.partition, switchover->code,
                 switchover->write_count, switchover->error_count,
                 (unsigned long long)switchover->longest_ms);
    takeover_tell(&switchover->takeover);
}
