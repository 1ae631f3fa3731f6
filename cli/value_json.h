/*
 * Values and bytes as JSON: text where it is UTF-8, base64 where it is not.
 *
 * This form is the one of --json, of `export` and of `import`:
 *
 *     {"key": "cart/items", "kind": "list", "elements": ["a", "b"]}
 *     {"key": "logo", "kind": "register", "value_base64": "iVBORw0="}
 *
 * A member `x` that cannot be text is called `x_base64`; an element that
 * cannot is {"base64": "..."}.
 */
#ifndef DALV_CLI_VALUE_JSON_H
#define DALV_CLI_VALUE_JSON_H

#include <dalv/dalv.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    VALUE_JSON_PORTABLE = 1 << 0
}; /* Only what another cluster can take. */

/* Set member `name`, or `name`_base64. False if there is no memory. */
bool value_json_set_bytes(json_t *object, const char *name,
                          struct dalv_bytes bytes);

/* A new object with key and value; owned by you. NULL if there is no memory.
   Without `value`: {"key": ..., "kind": "none"}. */
json_t *value_json_make(struct dalv_bytes key, const struct dalv_value *value,
                        int flags);

/*
 * Member `name` or `name`_base64 as bytes. Text is borrowed from the object;
 * what had to be decoded is in `*out_owned`, which you free. False if it is not
 * there or malformed.
 */
bool value_json_get_bytes(const json_t *object, const char *name,
                          struct dalv_bytes *out_bytes, void **out_owned);

/* The same for one element of a list. */
bool value_json_element(const json_t *element, struct dalv_bytes *out_bytes,
                        void **out_owned);

/* Print a document as one line and release it. */
void value_json_print(json_t *document, FILE *out);

/* "none", "register", "list", "counter". Static. */
const char *value_json_kind_name(enum dalv_kind kind);

#endif
