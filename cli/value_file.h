/*
 * put --file and get --output: a value of up to 64 MiB from a file, or into
 * one, in pieces.
 */
#ifndef DALV_CLI_VALUE_FILE_H
#define DALV_CLI_VALUE_FILE_H

#include "base/buffer.h"
#include "cli/invocation.h"

#include <dalv/dalv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A file while it is read, or written. */
struct value_file {
    const struct invocation *invocation;
    const char *path;
    FILE *file;
    uint64_t size; /* Of the value in all; 0: not known. */
    uint64_t moved;
    struct buffer head; /* What was read to see whether the file is large. */
    size_t head_taken;
};

/*
 * Reads `path`, or with - what the invocation reads; an exit code. With DONE,
 * `head` is all of it if it has no more than 1 MiB.
 */
int value_file_open(struct value_file *file,
                    const struct invocation *invocation, const char *path);
void value_file_close(struct value_file *file);

/* True if it has more than that. */
bool value_file_is_large(const struct value_file *file);

/* The next bytes, as dalv_backend_upload wants them; `owner` is the file. */
enum dalv_status value_file_read(void *owner, void *memory, size_t size,
                                 size_t *out_size);

/* Where a value comes from: tells its pieces, as dalv_backend_read does. */
struct value_file_origin {
    enum dalv_status (*read)(void *owner, dalv_piece_callback *callback,
                             void *callback_owner);
    void *owner;
};

/*
 * Read a value into a file that is there only once it is whole, and tell how
 * large it is. DALV_IO if the file can not be written, or what the origin says.
 */
enum dalv_status value_file_get(struct invocation *invocation, const char *path,
                                const struct value_file_origin *origin);

#endif
