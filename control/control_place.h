/*
 * Where a control store is, as people write it:
 *
 *     file:PATH
 *     etcd:https://A:2379,https://B:2379
 */
#ifndef DALV_CONTROL_CONTROL_PLACE_H
#define DALV_CONTROL_CONTROL_PLACE_H

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "control/control_store.h"

#include <stdbool.h>

#define CONTROL_PLACE_PREFIX "dalv/"

/* Texts that are NULL or empty are not given; only `name` must be. */
struct control_place {
    const char *name;
    /* etcd. What all keys begin with; else CONTROL_PLACE_PREFIX. */
    const char *prefix;
    /* etcd, files: the certificates that are believed, and our own. */
    const char *authority;
    const char *certificate;
    const char *key;
};

/* True if a name is of one of the forms. Nothing is opened. */
bool control_place_is_name(struct bytes name);

/*
 * Open it; as control_file_open and control_etcd_open, and DALV_INVALID for a
 * name of another form. `problem` then says why.
 */
DALV_MUST_CHECK enum dalv_status control_place_open(
    const struct control_place *place, struct control_store **out_store,
    struct text *problem);

#endif
