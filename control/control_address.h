/*
 * Where a control store is, as people write it:
 *
 *     file:/var/lib/dalv/control.db
 *     etcd:https://a:2379,https://b:2379
 */
#ifndef DALV_CONTROL_CONTROL_ADDRESS_H
#define DALV_CONTROL_CONTROL_ADDRESS_H

#include "base/status.h"
#include "base/text.h"
#include "control/control_store.h"

/* Files of keys for etcd over TLS; each may be NULL or empty. */
struct control_credentials {
    const char *authority;
    const char *certificate;
    const char *key;
};

/*
 * Open the store. DALV_INVALID for an address that is none; else as
 * control_file_open and control_etcd_open. `problem` says it for people.
 */
DALV_MUST_CHECK enum dalv_status control_address_open(
    const char *address, const struct control_credentials *credentials,
    struct control_store **out_store, struct text *problem);

#endif
