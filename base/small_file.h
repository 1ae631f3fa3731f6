/*
 * Small files that are read or replaced whole: configuration, keys, profiles.
 *
 * Who may have written or read a file decides whether its content can be
 * trusted, so every read says what it demands. Replacing is atomic and durable:
 * after a crash the file holds the old bytes or the new ones.
 */
#ifndef DALV_BASE_SMALL_FILE_H
#define DALV_BASE_SMALL_FILE_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stddef.h>

/* In both cases the owner must be this process's user or root. */
enum small_file_access {
    SMALL_FILE_PUBLIC, /* Group and others may read it but not write it. */
    SMALL_FILE_SECRET, /* Group and others may do nothing with it. */
};

/*
 * Append the whole file to `out_content`, which keeps what it held on any
 * failure. The file may be reached through a symbolic link.
 *
 * DALV_NOT_FOUND; DALV_NOT_PERMITTED if it cannot be opened or if owner or
 * mode break `access`; DALV_INVALID if it is not a regular file; DALV_TOO_BIG
 * beyond `size_max` bytes; DALV_IO. Whoever reads a secret wipes the buffer.
 */
DALV_MUST_CHECK enum dalv_status small_file_read(const char *path,
                                                 enum small_file_access access,
                                                 size_t size_max,
                                                 struct buffer *out_content);

/*
 * Make `content` the whole file: mode 0600 for a secret, else 0644. The new
 * bytes are first written to `path` with ".new" behind it.
 *
 * DALV_NOT_PERMITTED, DALV_NOT_FOUND (no such folder), DALV_NO_SPACE,
 * DALV_TOO_BIG (the path) or DALV_IO, and the old file stands.
 */
DALV_MUST_CHECK enum dalv_status small_file_replace(
    const char *path, enum small_file_access access, struct bytes content);

#endif
