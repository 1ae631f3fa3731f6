/*
 * One large value in a file of its own, part by part.
 *
 *   0xD8, version 1, 0, 0 | size of key u32 | CRC32C u32 | key
 *   for each part: size u32 | CRC32C u32 | bytes
 *
 * The first CRC is over the eight bytes before it and the key, that of a part
 * over its bytes. All parts but the last have BOUNDS_VALUE_MAX bytes. A file is
 * written front to back and then only read. docs/DEVICE_FORMAT.md specifies
 * every byte.
 */
#ifndef DALV_CLIENT_PARTS_FILE_H
#define DALV_CLIENT_PARTS_FILE_H

#include "base/bytes.h"
#include "base/status.h"
#include "storage/files.h"

#include <stdint.h>

enum {
    PARTS_FILE_HEAD_BYTES = 12, /* Before the key. */
    PARTS_FILE_PART_BYTES = 8,  /* Before the bytes of a part. */
};

struct parts_file;

/*
 * Make the file, or go on with one whose writing was cut short: the parts that
 * are whole are kept, what is behind them is cut. One that is another key's
 * begins anew.
 */
DALV_MUST_CHECK enum dalv_status parts_file_resume(struct files *files,
                                                   const char *path,
                                                   struct bytes key,
                                                   struct parts_file **out);

/*
 * One that is whole, for reading. DALV_NOT_FOUND; DALV_DAMAGED if it does not
 * begin as the key's, or has not `bytes` in all its parts.
 */
DALV_MUST_CHECK enum dalv_status
parts_file_open(struct files *files, const char *path, struct bytes key,
                uint64_t bytes, struct parts_file **out);
void parts_file_close(struct parts_file **file_p);

/* Append a part. After a failure the file is of no more use. */
DALV_MUST_CHECK enum dalv_status parts_file_append(struct parts_file *file,
                                                   struct bytes part);
/* Make all parts durable. */
DALV_MUST_CHECK enum dalv_status parts_file_sync(struct parts_file *file);

/* One part, borrowed until the next call. DALV_DAMAGED. */
DALV_MUST_CHECK enum dalv_status parts_file_read(struct parts_file *file,
                                                 uint32_t position,
                                                 struct bytes *out_part);

uint32_t parts_file_count(const struct parts_file *file);
/* What the parts have together. */
uint64_t parts_file_bytes(const struct parts_file *file);
/* Of one that was resumed: upload_hash over all parts. */
uint64_t parts_file_hash(const struct parts_file *file);

/* Whose value a file is; `out_key` has room for BOUNDS_KEY_MAX. */
DALV_MUST_CHECK enum dalv_status
parts_file_key(struct files *files, const char *path, struct writer *out_key);

#endif
