/*
 * Records of comma-separated values (RFC 4180): fields may be quoted, a quote
 * in a quoted field is doubled, and a quoted field may go over line ends.
 */
#ifndef DALV_CLI_CSV_H
#define DALV_CLI_CSV_H

#include "base/bytes.h"
#include "cli/line_reader.h"

#include <stddef.h>

enum {
    CSV_FIELDS_MAX = 256
};

struct csv_record {
    struct bytes fields[CSV_FIELDS_MAX];
    size_t count;
    const char *reason; /* DALV_INVALID: why, for people. */
};

/*
 * The next record; its fields are borrowed from the reader until the next
 * call, which changes its line in place. DALV_NOT_FOUND at the end,
 * DALV_INVALID for a record that is none, DALV_TOO_BIG, DALV_IO.
 */
DALV_MUST_CHECK enum dalv_status csv_next(struct line_reader *reader,
                                          char separator,
                                          struct csv_record *out_record);

#endif
