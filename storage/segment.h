/*
 * One file of the log: batches from its start, zeros behind them.
 *
 * A segment is made under a name of its own ("<number>.new"), filled with
 * zeros to its full size, given its STATE, synced, and only then named
 * "<number>.log". So a segment that the log has is always of full size and
 * begins with a whole STATE; what is less was damaged.
 *
 * The zeros are written, not only reserved: a first write to a reserved block
 * makes the file system note that in its journal, which costs each sync about
 * half as much again.
 */
#ifndef DALV_STORAGE_SEGMENT_H
#define DALV_STORAGE_SEGMENT_H

#include "base/bytes.h"
#include "base/status.h"
#include "storage/batch.h"
#include "storage/files.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SEGMENT_NAME_BYTES = 16, /* "0000000a.log" and its zero. */
    SEGMENT_PATH_BYTES = 1024,
    SEGMENT_BYTES_MIN = 4 * BATCH_ALIGNMENT,
    SEGMENT_BYTES_DEFAULT = 64 << 20,
    SEGMENT_BYTES_MAX = 1 << 30,
};

struct segment {
    struct file *file;
    uint32_t number; /* 1, 2, 3, ... */
    uint32_t size;   /* Of the file, as far as it is filled. */
};

/* The name of a segment, of one in the making if `is_new`. */
void segment_name(uint32_t number, bool is_new,
                  char out_name[SEGMENT_NAME_BYTES]);
/* False if the name is not that of a segment. */
bool segment_parse_name(const char *name, uint32_t *out_number,
                        bool *out_is_new);
/* `folder`/`name`; DALV_TOO_BIG if that is too long. */
DALV_MUST_CHECK enum dalv_status segment_path(
    const char *folder, const char *name, char out_path[SEGMENT_PATH_BYTES]);

/* Open the segment of that number. DALV_NOT_FOUND, DALV_IO. */
DALV_MUST_CHECK enum dalv_status segment_open(struct files *files,
                                              const char *folder,
                                              uint32_t number,
                                              struct segment *out_segment);
void segment_close(struct segment *segment);

/* Begin a new segment in the making; an old one of that name is overwritten. */
DALV_MUST_CHECK enum dalv_status segment_begin(struct files *files,
                                               const char *folder,
                                               uint32_t number,
                                               struct segment *out_segment);
/* Write zeros and sync them, up to `size` bytes in all. */
DALV_MUST_CHECK enum dalv_status segment_fill(struct segment *segment,
                                              uint32_t size);
/* Sync what was written to it and give it its name, durably. */
DALV_MUST_CHECK enum dalv_status segment_publish(struct segment *segment,
                                                 struct files *files,
                                                 const char *folder);

#endif
