/*
 * Text read line by line, whatever ends its lines, with a bound on each.
 *
 * A byte order mark at the start is skipped; \n and \r\n end a line, and so
 * does the end of the file.
 */
#ifndef DALV_CLI_LINE_READER_H
#define DALV_CLI_LINE_READER_H

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdint.h>
#include <stdio.h>

enum {
    /* A value of 64 MiB in base64, and what stands around it. */
    LINE_READER_BYTES_MAX = 96 << 20
};

struct line_reader {
    FILE *in;
    struct buffer line;
    uint64_t number; /* Of the line read last, from 1. */
    uint64_t offset; /* Behind it, in bytes from the start. */
};

void line_reader_init(struct line_reader *reader, FILE *in);
void line_reader_deinit(struct line_reader *reader);

/*
 * The next line without its end, borrowed until the next call. DALV_NOT_FOUND
 * at the end; DALV_TOO_BIG for a line beyond LINE_READER_BYTES_MAX, which is
 * skipped; DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status line_reader_next(struct line_reader *reader,
                                                  struct bytes *out_line);

/* Append the next line to the one read last, with the line end between them:
   a quoted field may hold one. Statuses as above. */
DALV_MUST_CHECK enum dalv_status line_reader_more(struct line_reader *reader,
                                                  struct bytes *out_line);

#endif
