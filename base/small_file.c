#include "base/small_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum dalv_status status_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return DALV_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return DALV_NOT_PERMITTED;
    case ENOSPC:
    case EDQUOT:
        return DALV_NO_SPACE;
    case ENAMETOOLONG:
        return DALV_TOO_BIG;
    default:
        return DALV_IO;
    }
}

static enum dalv_status check(const struct stat *facts,
                              enum small_file_access access, size_t size_max)
{
    mode_t forbidden =
        access == SMALL_FILE_SECRET ? (S_IRWXG | S_IRWXO) : (S_IWGRP | S_IWOTH);

    if (!S_ISREG(facts->st_mode))
        return DALV_INVALID;
    if (facts->st_uid != geteuid() && facts->st_uid != 0)
        return DALV_NOT_PERMITTED;
    if ((facts->st_mode & forbidden) != 0)
        return DALV_NOT_PERMITTED;
    if ((uintmax_t)facts->st_size > size_max)
        return DALV_TOO_BIG;
    return DALV_OK;
}

/* Read up to the end, at most `room` bytes, into memory that has them. */
static enum dalv_status read_all(int file, uint8_t *target, size_t room,
                                 size_t *out_size)
{
    size_t size = 0;

    while (size < room) {
        ssize_t count = read(file, target + size, room - size);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return DALV_IO;
        if (count == 0)
            break;
        size += (size_t)count;
    }
    *out_size = size;
    return DALV_OK;
}

/*
 * One byte more than allowed is asked for: a file that grows between the look
 * at its size and the reading is noticed.
 */
static enum dalv_status append_content(int file, size_t size_max,
                                       struct buffer *content)
{
    size_t size = 0;
    enum dalv_status status = buffer_reserve(content, size_max + 1);

    if (status != DALV_OK)
        return status;
    status = read_all(file, content->data + content->size, size_max + 1, &size);
    if (status != DALV_OK)
        return status;
    if (size > size_max)
        return DALV_TOO_BIG;
    content->size += size;
    return DALV_OK;
}

enum dalv_status small_file_read(const char *path,
                                 enum small_file_access access, size_t size_max,
                                 struct buffer *out_content)
{
    struct stat facts;
    enum dalv_status status;
    /* Without O_NONBLOCK a named pipe would hold the start for ever. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (file < 0)
        return status_of_errno(errno);
    if (fstat(file, &facts) != 0)
        status = DALV_IO;
    else
        status = check(&facts, access, size_max);
    if (status == DALV_OK)
        status = append_content(file, size_max, out_content);
    (void)close(file);
    return status;
}

static enum dalv_status write_all(int file, struct bytes content)
{
    size_t done = 0;

    while (done < content.size) {
        ssize_t count = write(file, content.data + done, content.size - done);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return status_of_errno(errno);
        done += (size_t)count;
    }
    return DALV_OK;
}

/* Make the name `path` durable in the folder that it stands in. */
static enum dalv_status sync_folder_of(const char *path)
{
    char folder[PATH_MAX] = ".";
    const char *slash = strrchr(path, '/');
    int file;
    bool is_synced;

    if (slash != NULL) {
        size_t size = slash == path ? 1 : (size_t)(slash - path);

        memcpy(folder, path, size);
        folder[size] = '\0';
    }
    file = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (file < 0)
        return status_of_errno(errno);
    is_synced = fsync(file) == 0;
    (void)close(file);
    return is_synced ? DALV_OK : DALV_IO;
}

/* Write `content` to `path`, which must not exist yet, and sync it. */
static enum dalv_status write_new(const char *path, mode_t mode,
                                  struct bytes content)
{
    enum dalv_status status;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (file < 0)
        return status_of_errno(errno);
    /* The umask may have taken more than it should from a public file. */
    status = fchmod(file, mode) == 0 ? DALV_OK : status_of_errno(errno);
    if (status == DALV_OK)
        status = write_all(file, content);
    if (status == DALV_OK && fsync(file) != 0)
        status = status_of_errno(errno);
    if (close(file) != 0 && status == DALV_OK)
        status = DALV_IO;
    return status;
}

enum dalv_status small_file_replace(const char *path,
                                    enum small_file_access access,
                                    struct bytes content)
{
    static const char ending[] = ".new";
    char fresh[PATH_MAX];
    size_t size = strlen(path);
    mode_t mode = access == SMALL_FILE_SECRET
                      ? (S_IRUSR | S_IWUSR)
                      : (S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    enum dalv_status status;

    if (size + sizeof(ending) > sizeof(fresh))
        return DALV_TOO_BIG;
    memcpy(fresh, path, size);
    memcpy(fresh + size, ending, sizeof(ending));

    /* What a crash left behind may have another owner or mode: never reuse. */
    if (unlink(fresh) != 0 && errno != ENOENT)
        return status_of_errno(errno);
    status = write_new(fresh, mode, content);
    if (status == DALV_OK && rename(fresh, path) != 0)
        status = status_of_errno(errno);
    if (status != DALV_OK) {
        (void)unlink(fresh);
        return status;
    }
    return sync_folder_of(path);
}
