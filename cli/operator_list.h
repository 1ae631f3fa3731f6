/*
 * What operators asked of a cluster, as it stands in the control store.
 */
#ifndef DALV_CLI_OPERATOR_LIST_H
#define DALV_CLI_OPERATOR_LIST_H

#include "base/text.h"
#include "cli/cluster_access.h"
#include "control/operator_request.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct operator_entry {
    struct operator_request request;
    uint64_t revision;
};

/* In the order in which they came. */
struct operator_list {
    struct operator_entry items[OPERATOR_REQUESTS_MAX];
    size_t count;
};

/* Read them all. What a later version wrote is left out. As
   control_store_list. */
DALV_MUST_CHECK enum dalv_status operator_list_read(
    struct cluster_access *access, struct operator_list *out_list);

/* The entry with an id; NULL if there is none. */
const struct operator_entry *operator_list_find(
    const struct operator_list *list, uint64_t id);

/* "drain b", "let a lead partition 7". */
void operator_list_describe(const struct cluster_map *map,
                            const struct operator_request *request,
                            struct text *text);

/* A new object, owned by you; NULL if there is no memory. */
json_t *operator_list_json(const struct cluster_map *map,
                           const struct operator_request *request);

/* "waiting", "running", "done", "refused". Static. */
const char *operator_list_state(enum operator_state state);

#endif
