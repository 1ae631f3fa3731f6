/*
 * One operation of a transaction as a line of JSON:
 *
 *     {"op": "put", "key": "k", "value": "v", "flags": 1, "ttl": "30s"}
 *     {"op": "add", ...}            as put, only if the key is absent
 *     {"op": "del", "key": "k"}
 *     {"op": "incr", "key": "k", "number": -2}
 *     {"op": "list_add", "key": "k", "element": "e"}
 *     {"op": "list_remove", "key": "k", "ids": [[DEVICE, LOCAL_ID, POSITION]]}
 *     {"op": "if_absent", "key": "k"}
 *     {"op": "if_revision", "key": "k", "revision": 7}
 *
 * `x_base64` in place of `x` gives bytes that are no text.
 */
#ifndef DALV_CLI_OPERATION_JSON_H
#define DALV_CLI_OPERATION_JSON_H

#include <dalv/dalv.h>
#include <jansson.h>
#include <stddef.h>

/*
 * Add what the object says. Otherwise nothing is added, and `out_reason` says
 * why, for people.
 */
DALV_MUST_CHECK enum dalv_status operation_json_add(
    const json_t *object, struct dalv_transaction *transaction,
    const char **out_reason);

#endif
