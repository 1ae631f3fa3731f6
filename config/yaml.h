/*
 * A YAML file as its table of fields says: the only file that knows libyaml.
 *
 * A small part of YAML is enough for people: nested mappings, lists, plain and
 * quoted texts. Anchors, aliases, tags and further documents are refused, and
 * so are unknown keys and keys that stand twice.
 */
#ifndef DALV_CONFIG_YAML_H
#define DALV_CONFIG_YAML_H

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "config/error.h"
#include "config/field.h"

#include <stddef.h>

enum {
    YAML_FILE_MAX = 64 << 10,
    YAML_DEPTH_MAX = 16,
};

/* Where a field's key stands in the file; line 0 if it does not. */
struct yaml_place {
    size_t line; /* From 1, and so are columns. */
    size_t column;
};

struct yaml_places {
    struct yaml_place fields[FIELD_TABLE_MAX]; /* In the table's order. */
};

/*
 * Read `text` into `target`, which holds the defaults: what the text does not
 * name stays as it is. An empty text is fine.
 *
 * DALV_OK; DALV_TOO_BIG beyond YAML_FILE_MAX bytes or YAML_DEPTH_MAX levels;
 * DALV_INVALID. On a failure `out_error` says what and where, and `target` may
 * be half filled.
 */
DALV_MUST_CHECK enum dalv_status yaml_read(const struct field_table *table,
                                           struct bytes text, void *target,
                                           struct yaml_places *out_places,
                                           struct config_error *out_error);

/* Append every field as YAML, which yaml_read takes back; cut if too long. */
void yaml_write(const struct field_table *table, const void *source,
                struct text *out_text);

#endif
