/*
 * Files as the storage sees them: the seam between our formats and a disk.
 *
 * Everything that storage and the SDK keep on disk goes through a table of
 * functions, so that the simulator can hand in a disk that tears, drops and
 * refuses, and the product the operating system's. A written byte is durable
 * only after file_sync; a created, renamed or removed name only after
 * files_sync_folder.
 */
#ifndef DALV_STORAGE_FILES_H
#define DALV_STORAGE_FILES_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FILES_PATH_MAX =
        4096, /* Bytes of a path, the zero at its end among them. */
};

struct files;
struct file;

/* Called by files_list for each name; `name` is borrowed for the call. */
typedef void files_visitor(void *owner, const char *name);

struct files_table {
    enum dalv_status (*open)(struct files *files, const char *path,
                             bool is_created, struct file **out_file);
    enum dalv_status (*list)(struct files *files, const char *folder,
                             files_visitor *visitor, void *owner);
    enum dalv_status (*rename)(struct files *files, const char *from,
                               const char *to);
    enum dalv_status (*remove)(struct files *files, const char *path);
    enum dalv_status (*make_folder)(struct files *files, const char *path);
    enum dalv_status (*sync_folder)(struct files *files, const char *path);
    enum dalv_status (*lock)(struct files *files, const char *path,
                             struct file **out_file);
};

struct file_table {
    enum dalv_status (*read)(struct file *file, uint64_t offset, void *data,
                             size_t size, size_t *out_size);
    enum dalv_status (*write)(struct file *file, uint64_t offset,
                              struct bytes bytes);
    enum dalv_status (*sync)(struct file *file);
    enum dalv_status (*allocate)(struct file *file, uint64_t size);
    enum dalv_status (*truncate)(struct file *file, uint64_t size);
    enum dalv_status (*size)(struct file *file, uint64_t *out_size);
    void (*close)(struct file *file);
};

/* An implementation embeds these as its first member. */
struct files {
    const struct files_table *table;
};

struct file {
    const struct file_table *table;
};

/* The operating system's files: one shared, stateless, thread-safe object. */
struct files *files_of_system(void);

/* The path of `name` in `folder`; DALV_TOO_BIG if it is too long. */
DALV_MUST_CHECK enum dalv_status files_path(const char *folder,
                                            const char *name,
                                            char out_path[FILES_PATH_MAX]);

/*
 * Open a file for reading and writing. With `is_created` it is made with mode
 * 0600 if it does not exist; without, a missing one is DALV_NOT_FOUND.
 * DALV_IO, DALV_NO_SPACE, DALV_NOT_PERMITTED as the system says.
 */
DALV_MUST_CHECK enum dalv_status files_open(struct files *files,
                                            const char *path, bool is_created,
                                            struct file **out_file);
/* Visit the names in a folder, in no order, without "." and "..". */
DALV_MUST_CHECK enum dalv_status files_list(struct files *files,
                                            const char *folder,
                                            files_visitor *visitor,
                                            void *owner);
DALV_MUST_CHECK enum dalv_status files_rename(struct files *files,
                                              const char *from, const char *to);
DALV_MUST_CHECK enum dalv_status files_remove(struct files *files,
                                              const char *path);
/*
 * Make a folder with mode 0700; one that exists is fine. DALV_INVALID: there is
 * something else of that name.
 */
DALV_MUST_CHECK enum dalv_status files_make_folder(struct files *files,
                                                   const char *path);
/* Make the names in a folder durable. */
DALV_MUST_CHECK enum dalv_status files_sync_folder(struct files *files,
                                                   const char *path);
/*
 * Open and lock a file against other processes until it is closed or the
 * process ends; DALV_LOCKED if another process holds it.
 */
DALV_MUST_CHECK enum dalv_status files_lock(struct files *files,
                                            const char *path,
                                            struct file **out_file);

/* Read up to `size` bytes; fewer only at the end of the file. */
DALV_MUST_CHECK enum dalv_status file_read(struct file *file, uint64_t offset,
                                           void *data, size_t size,
                                           size_t *out_size);
/* Write all of `bytes` at `offset`; on a failure any part may be written. */
DALV_MUST_CHECK enum dalv_status file_write(struct file *file, uint64_t offset,
                                            struct bytes bytes);
/* Make written bytes durable (fdatasync). */
DALV_MUST_CHECK enum dalv_status file_sync(struct file *file);
/* Reserve blocks and set the size, so that later syncs need no metadata. */
DALV_MUST_CHECK enum dalv_status file_allocate(struct file *file,
                                               uint64_t size);
DALV_MUST_CHECK enum dalv_status file_truncate(struct file *file,
                                               uint64_t size);
DALV_MUST_CHECK enum dalv_status file_size(struct file *file,
                                           uint64_t *out_size);
/* Close and release; NULL is fine. The pointer becomes NULL. */
void file_close(struct file **file_p);

#endif
