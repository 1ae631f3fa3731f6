/*
 * What the two kinds of sources share.
 */
#ifndef DALV_CLI_IMPORT_SOURCE_INTERNAL_H
#define DALV_CLI_IMPORT_SOURCE_INTERNAL_H

#include "cli/csv.h"
#include "cli/import_source.h"
#include "cli/key_set.h"
#include "cli/line_reader.h"

#include <jansson.h>
#include <stdbool.h>

enum {
    IMPORT_REASON_BYTES_MAX = 256
};

/* Records in a row that belong to one key, while they are gathered. */
struct import_gathering {
    bool is_begun;
    struct buffer user;
    struct buffer key;
    json_t *records; /* An array. */
    size_t bytes;    /* Of the records as text. */
    uint64_t line;
    uint64_t line_last;
};

struct import_source {
    struct line_reader reader;
    const struct import_mapping *mapping; /* NULL: JSON Lines. */
    const char *user;
    char reason[IMPORT_REASON_BYTES_MAX];
    uint64_t line; /* That the reason is about. */

    /* JSON Lines: a line that takes several transactions. */
    json_t *document;
    size_t next_element;
    uint32_t next_part;

    /* CSV. */
    bool has_header;
    json_t *columns; /* Names, an array. */
    size_t user_index;
    struct import_gathering gathering;
    struct key_set ended; /* Keys whose gathering is over. */
};

DALV_MUST_CHECK enum dalv_status import_json_next(struct import_source *source,
                                                  struct import_item *out_item);
DALV_MUST_CHECK enum dalv_status import_csv_next(struct import_source *source,
                                                 struct import_item *out_item);

/* Say why the line can not be used; DALV_INVALID. */
__attribute__((format(printf, 3, 4))) enum dalv_status import_source_refuse(
    struct import_source *source, uint64_t line, const char *format, ...);

#endif
