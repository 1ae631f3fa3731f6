/*
 * A record of a log as JSON: what it says, and what each of its effects does.
 *
 *     {"record": "data", "partition": 5, "position": {"epoch": 2, ...}, ...,
 *      "effects": [{"effect": "put", "key": "hello", "value": "world"}]}
 *
 * Numbers that are no counts, such as history ids and CRCs, are hexadecimal
 * text; keys and values are as in cli/value_json.h.
 */
#ifndef DALV_CLI_RECORD_JSON_H
#define DALV_CLI_RECORD_JSON_H

#include "base/arena.h"
#include "storage/record.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * A new object, owned by you; NULL if there is no memory. Its effects are
 * decoded with `arena`. With `is_hex` they are the bytes that stand in the log:
 * {"effect": "put", "hex": "0105..."}.
 */
json_t *record_json_make(const struct record *record, struct arena *arena,
                         bool is_hex);

#endif
