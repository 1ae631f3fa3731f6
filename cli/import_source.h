/*
 * Where an import takes its items from: JSON Lines as `export` writes them, or
 * CSV with a mapping from columns to users and keys.
 */
#ifndef DALV_CLI_IMPORT_SOURCE_H
#define DALV_CLI_IMPORT_SOURCE_H

#include "cli/import_item.h"

#include <stdint.h>
#include <stdio.h>

enum import_grouping {
    IMPORT_EACH,  /* A record is a value. */
    IMPORT_GROUP, /* Records in a row of one key are one value, an array. */
    IMPORT_LIST,  /* A record is an element of the key's list. */
};

struct import_mapping {
    const char *user_column;
    const char *key_template; /* "sys/orders/{InvoiceNo}". */
    enum import_grouping grouping;
    char separator;
};

struct import_source;

/* Borrow `in`. `mapping` NULL: JSON Lines. `user` (may be NULL) takes the place
   of what the file says. DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status import_source_open(
    FILE *in, const struct import_mapping *mapping, const char *user,
    struct import_source **out_source);
void import_source_close(struct import_source **source_p);

/*
 * The next item. DALV_NOT_FOUND at the end; DALV_INVALID for a line that
 * cannot be used (see below; the next call goes on behind it); DALV_IO and
 * others end the import.
 */
DALV_MUST_CHECK enum dalv_status import_source_next(
    struct import_source *source, struct import_item *out_item);

/* The first line that was read and is in no item yet; 0 if there is none. */
uint64_t import_source_held_line(const struct import_source *source);

/* About the line that could not be used, or why the import ends. */
const char *import_source_reason(const struct import_source *source);
uint64_t import_source_line(const struct import_source *source);

#endif
