/*
 * A disk that fails at a moment of a test's choice: LD_PRELOAD it into a
 * server. Each call that writes to, or syncs, a file or folder below a folder
 * is counted, and the n-th fails.
 *
 *     FAULT_FOLDER  the folder, an absolute path without links
 *     FAULT_KIND    no_space  the n-th write, or allocation, says ENOSPC
 *                   full      ... and each one from then on
 *                   half      the n-th write writes half, the next says ENOSPC
 *                   io_write  the n-th write says EIO
 *                   io_sync   the n-th fsync or fdatasync says EIO
 *     FAULT_AT      n, from 1
 *     FAULT_REPORT  a file that is there once it happened
 *
 * Only libc's functions are taken over; what they do is done by the system
 * calls themselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum fault {
    FAULT_NONE,
    FAULT_ERROR, /* Do nothing and say `error`. */
    FAULT_HALF,  /* Do half of it. */
};

struct shim {
    pthread_mutex_t lock;
    unsigned long count;
    bool is_half_written;
};

/* A preloaded library has no main that could own it. */
static struct shim shim = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool is_kind(const char *kind)
{
    const char *chosen = getenv("FAULT_KIND");

    return chosen != NULL && strcmp(chosen, kind) == 0;
}

static bool is_watched(int descriptor)
{
    const char *folder = getenv("FAULT_FOLDER");
    char open_file[64];
    char target[PATH_MAX];
    ssize_t size;

    if (folder == NULL)
        return false;
    (void)snprintf(open_file, sizeof(open_file), "/proc/self/fd/%d",
                   descriptor);
    size = readlink(open_file, target, sizeof(target) - 1);
    if (size <= 0)
        return false;
    target[size] = '\0';
    return strncmp(target, folder, strlen(folder)) == 0;
}

static void report(void)
{
    const char *path = getenv("FAULT_REPORT");
    int file = path == NULL ? -1
                            : open(path, O_WRONLY | O_CREAT | O_CLOEXEC,
                                   S_IRUSR | S_IWUSR);

    if (file >= 0)
        (void)close(file);
}

/* The n-th call, or, of a disk that is full, a later one. */
static bool is_turn(void)
{
    const char *at = getenv("FAULT_AT");
    unsigned long turn = at == NULL ? 0 : strtoul(at, NULL, 10);

    shim.count++;
    if (turn == 0 || shim.count < turn)
        return false;
    if (shim.count == turn)
        report();
    return shim.count == turn || is_kind("full");
}

static enum fault choose_write_fault(int *out_error)
{
    *out_error = is_kind("io_write") ? EIO : ENOSPC;
    if (shim.is_half_written) {
        shim.is_half_written = false;
        return FAULT_ERROR;
    }
    if (is_kind("io_sync") || !is_turn())
        return FAULT_NONE;
    shim.is_half_written = is_kind("half");
    return shim.is_half_written ? FAULT_HALF : FAULT_ERROR;
}

static enum fault write_fault(int descriptor, int *out_error)
{
    int saved = errno;
    enum fault fault = FAULT_NONE;

    (void)pthread_mutex_lock(&shim.lock);
    if (is_watched(descriptor))
        fault = choose_write_fault(out_error);
    (void)pthread_mutex_unlock(&shim.lock);
    errno = saved;
    return fault;
}

static bool sync_fails(int descriptor)
{
    int saved = errno;
    bool is_failed;

    (void)pthread_mutex_lock(&shim.lock);
    is_failed = is_kind("io_sync") && is_watched(descriptor) && is_turn();
    (void)pthread_mutex_unlock(&shim.lock);
    errno = saved;
    return is_failed;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's own
   names are reserved. */

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    int error = 0;
    enum fault fault = write_fault(descriptor, &error);

    if (fault == FAULT_ERROR) {
        errno = error;
        return -1;
    }
    if (fault == FAULT_HALF)
        size /= 2;
    return syscall(SYS_write, descriptor, bytes, size);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    int error = 0;
    enum fault fault = write_fault(descriptor, &error);

    if (fault == FAULT_ERROR) {
        errno = error;
        return -1;
    }
    if (fault == FAULT_HALF)
        size /= 2;
    return syscall(SYS_pwrite64, descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset)
{
    return pwrite(descriptor, bytes, size, offset);
}

int fallocate(int descriptor, int mode, off_t offset, off_t size)
{
    int error = 0;

    if (write_fault(descriptor, &error) != FAULT_NONE) {
        errno = error;
        return -1;
    }
    return (int)syscall(SYS_fallocate, descriptor, mode, offset, size);
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t size)
{
    return fallocate(descriptor, mode, offset, size);
}

int fdatasync(int descriptor)
{
    if (sync_fails(descriptor)) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, descriptor);
}

int fsync(int descriptor)
{
    if (sync_fails(descriptor)) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, descriptor);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
