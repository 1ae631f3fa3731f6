/*
 * The operating system's files (POSIX, with Linux's fallocate).
 *
 * Every call is repeated when a signal interrupts it. What the system says is
 * translated into our statuses here and goes no further.
 */
#include "storage/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MODE = 0600,
    FOLDER_MODE = 0700,
    ZEROS_BYTES = 64 * 1024,
};

struct system_file {
    struct file base;
    int descriptor;
};

static enum dalv_status status_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return DALV_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
        return DALV_NO_SPACE;
    case EACCES:
    case EPERM:
    case EROFS:
        return DALV_NOT_PERMITTED;
    case EWOULDBLOCK:
        return DALV_LOCKED;
    case ENOMEM:
        return DALV_NO_MEMORY;
    default:
        return DALV_IO;
    }
}

/* The status of a call that gives -1 and errno on failure. */
static enum dalv_status status_of(int result)
{
    return result == 0 ? DALV_OK : status_of_errno(errno);
}

static struct system_file *system_file(struct file *file)
{
    return (struct system_file *)file;
}

static enum dalv_status read_at(struct file *file, uint64_t offset, void *data,
                                size_t size, size_t *out_size)
{
    size_t done = 0;

    while (done < size) {
        ssize_t count =
            pread(system_file(file)->descriptor, (uint8_t *)data + done,
                  size - done, (off_t)(offset + done));

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return status_of_errno(errno);
        if (count == 0)
            break;
        done += (size_t)count;
    }
    *out_size = done;
    return DALV_OK;
}

static enum dalv_status write_at(struct file *file, uint64_t offset,
                                 struct bytes bytes)
{
    size_t done = 0;

    while (done < bytes.size) {
        ssize_t count = pwrite(system_file(file)->descriptor, bytes.data + done,
                               bytes.size - done, (off_t)(offset + done));

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return status_of_errno(errno);
        if (count == 0)
            return DALV_IO;
        done += (size_t)count;
    }
    return DALV_OK;
}

/* A failed sync is never repeated: the second one may lie (Linux forgets). */
static enum dalv_status sync_data(struct file *file)
{
    return status_of(fdatasync(system_file(file)->descriptor));
}

static enum dalv_status size_of(struct file *file, uint64_t *out_size)
{
    struct stat state;

    if (fstat(system_file(file)->descriptor, &state) != 0)
        return status_of_errno(errno);
    *out_size = (uint64_t)state.st_size;
    return DALV_OK;
}

/* For file systems without fallocate: the blocks come with the zeros. */
static enum dalv_status extend_with_zeros(struct file *file, uint64_t size)
{
    static const uint8_t zeros[ZEROS_BYTES];
    enum dalv_status status;
    uint64_t end = 0;

    status = size_of(file, &end);
    while (status == DALV_OK && end < size) {
        size_t step =
            size - end < sizeof(zeros) ? (size_t)(size - end) : sizeof(zeros);

        status = write_at(file, end, bytes_make(zeros, step));
        end += step;
    }
    return status;
}

static enum dalv_status allocate(struct file *file, uint64_t size)
{
    int result;

    do {
        result = fallocate(system_file(file)->descriptor, 0, 0, (off_t)size);
    } while (result != 0 && errno == EINTR);
    if (result == 0)
        return DALV_OK;
    if (errno == EOPNOTSUPP || errno == ENOSYS)
        return extend_with_zeros(file, size);
    return status_of_errno(errno);
}

static enum dalv_status truncate_to(struct file *file, uint64_t size)
{
    int result;

    do {
        result = ftruncate(system_file(file)->descriptor, (off_t)size);
    } while (result != 0 && errno == EINTR);
    return status_of(result);
}

static void close_file(struct file *file)
{
    /* Nothing that matters is told by close: what must last was synced. */
    (void)close(system_file(file)->descriptor);
    free(file);
}

static const struct file_table file_table_of_system = {
    .read = read_at,
    .write = write_at,
    .sync = sync_data,
    .allocate = allocate,
    .truncate = truncate_to,
    .size = size_of,
    .close = close_file,
};

static enum dalv_status open_descriptor(const char *path, int flags,
                                        int *out_descriptor)
{
    int descriptor;

    do {
        descriptor = open(path, flags | O_CLOEXEC, FILE_MODE);
    } while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0)
        return status_of_errno(errno);
    *out_descriptor = descriptor;
    return DALV_OK;
}

static enum dalv_status open_file(struct files *files, const char *path,
                                  bool is_created, struct file **out_file)
{
    struct system_file *file;
    enum dalv_status status;
    int descriptor = -1;

    (void)files;
    status = open_descriptor(path, is_created ? O_RDWR | O_CREAT : O_RDWR,
                             &descriptor);
    if (status != DALV_OK)
        return status;
    file = malloc(sizeof(*file));
    if (file == NULL) {
        (void)close(descriptor);
        return DALV_NO_MEMORY;
    }
    file->base.table = &file_table_of_system;
    file->descriptor = descriptor;
    *out_file = &file->base;
    return DALV_OK;
}

static enum dalv_status list_names(struct files *files, const char *folder,
                                   files_visitor *visitor, void *owner)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    int error;

    (void)files;
    if (listing == NULL)
        return status_of_errno(errno);
    for (;;) {
        errno = 0;
        /* Only this thread knows `listing`. */
        entry = readdir(listing); /* NOLINT(concurrency-mt-unsafe) */
        if (entry == NULL)
            break;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visitor(owner, entry->d_name);
    }
    error = errno;
    (void)closedir(listing);
    return error == 0 ? DALV_OK : status_of_errno(error);
}

static enum dalv_status rename_file(struct files *files, const char *from,
                                    const char *to)
{
    (void)files;
    return status_of(rename(from, to));
}

static enum dalv_status remove_file(struct files *files, const char *path)
{
    (void)files;
    return status_of(unlink(path));
}

static enum dalv_status make_folder(struct files *files, const char *path)
{
    struct stat state;

    (void)files;
    if (mkdir(path, FOLDER_MODE) == 0)
        return DALV_OK;
    if (errno != EEXIST)
        return status_of_errno(errno);
    if (stat(path, &state) != 0)
        return status_of_errno(errno);
    return S_ISDIR(state.st_mode) ? DALV_OK : DALV_INVALID;
}

static enum dalv_status sync_folder(struct files *files, const char *path)
{
    enum dalv_status status;
    int descriptor = -1;

    (void)files;
    status = open_descriptor(path, O_RDONLY | O_DIRECTORY, &descriptor);
    if (status != DALV_OK)
        return status;
    status = status_of(fsync(descriptor));
    (void)close(descriptor);
    return status;
}

static enum dalv_status lock_file(struct files *files, const char *path,
                                  struct file **out_file)
{
    struct file *file = NULL;
    enum dalv_status status;
    int result;

    status = open_file(files, path, true, &file);
    if (status != DALV_OK)
        return status;
    do {
        result = flock(system_file(file)->descriptor, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        status = status_of_errno(errno);
        file_close(&file);
        return status;
    }
    *out_file = file;
    return DALV_OK;
}

static const struct files_table files_table_of_system = {
    .open = open_file,
    .list = list_names,
    .rename = rename_file,
    .remove = remove_file,
    .make_folder = make_folder,
    .sync_folder = sync_folder,
    .lock = lock_file,
};

struct files *files_of_system(void)
{
    /* Never written to; not const because other implementations have state. */
    static struct files files = {.table = &files_table_of_system};

    return &files;
}
