#include "tests/support/folder.h"

#include "base/assert.h"
#include "base/folder_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

/* Room that there must be in memory. */
#define MEMORY_BYTES_MIN (1ULL << 30)

static const char memory[] = "/dev/shm";

void folder_open(struct folder *folder)
{
    const char *made;

    (void)snprintf(folder->path, sizeof(folder->path), "/tmp/dalv_test_XXXXXX");
    made = mkdtemp(folder->path);
    ASSERT(made != NULL);
}

/* Containers have a small one as a rule, and several tests share it. */
static bool has_room(const char *path)
{
    struct statvfs facts;

    return statvfs(path, &facts) == 0 &&
           (uint64_t)facts.f_bavail * facts.f_frsize >= MEMORY_BYTES_MIN;
}

void folder_open_in_memory(struct folder *folder)
{
    (void)snprintf(folder->path, sizeof(folder->path), "%s/dalv_test_XXXXXX",
                   memory);
    if (!has_room(memory) || mkdtemp(folder->path) == NULL)
        folder_open(folder);
}

void folder_close(struct folder *folder)
{
    (void)folder_tree_remove(folder->path);
}

void folder_copy(const char *from, const char *to)
{
    char *arguments[] = {(char[]){"cp"}, (char[]){"-a"}, (char[]){"--"},
                         NULL,           NULL,           NULL};
    char sources[PATH_MAX];
    char targets[PATH_MAX];
    pid_t child = 0;
    int state = -1;

    (void)snprintf(sources, sizeof(sources), "%s", from);
    (void)snprintf(targets, sizeof(targets), "%s", to);
    arguments[3] = sources;
    arguments[4] = targets;
    ASSERT(posix_spawnp(&child, "cp", NULL, NULL, arguments, environ) == 0);
    while (waitpid(child, &state, 0) < 0 && errno == EINTR)
        continue;
    ASSERT(state == 0);
}

void folder_path(const struct folder *folder, const char *name,
                 char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%s/%s", folder->path, name);
}

void folder_put(const struct folder *folder, const char *name, mode_t mode,
                const char *text, char path[PATH_MAX])
{
    int file;

    folder_path(folder, name, path);
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRWXU);
    ASSERT(file >= 0);
    ASSERT(write(file, text, strlen(text)) == (ssize_t)strlen(text));
    ASSERT(fchmod(file, mode) == 0);
    ASSERT(close(file) == 0);
}
