/*
 * A control store in etcd, through its JSON gateway (version 3), with TLS on
 * both sides.
 *
 * For several machines. Nothing but compare-and-swap is used of etcd: its
 * leases and locks are no fence.
 */
#ifndef DALV_CONTROL_CONTROL_ETCD_H
#define DALV_CONTROL_CONTROL_ETCD_H

#include "base/status.h"
#include "base/text.h"
#include "control/control_store.h"
#include "control/etcd_http.h"

struct control_etcd_options {
    struct etcd_http_options http;
    const char *prefix; /* What all keys begin with; not empty. */
};

/*
 * It does not ask etcd yet. DALV_INVALID, and `problem` says what is wrong with
 * the options; DALV_NO_MEMORY.
 */
DALV_MUST_CHECK enum dalv_status control_etcd_open(
    const struct control_etcd_options *options,
    struct control_store **out_store, struct text *problem);

#endif
