/*
 * What an operator asked of the cluster, kept in the control store until it is
 * done, so that it outlives the controller that began it.
 */
#ifndef DALV_CONTROL_OPERATOR_REQUEST_H
#define DALV_CONTROL_OPERATOR_REQUEST_H

#include "base/bytes.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    OPERATOR_TEXT_BYTES_MAX = 160,
    OPERATOR_REQUEST_BYTES_MAX = 2 + 6 * 10 + 2 + OPERATOR_TEXT_BYTES_MAX,
    OPERATOR_REQUESTS_MAX = 32, /* In the store; ended ones are dropped. */
};

enum operator_verb {
    OPERATOR_SWITCH = 1, /* `node` shall lead `partition`. */
    OPERATOR_EMPTY = 2,  /* `node` shall lead and hold nothing. */
    OPERATOR_REMOVE = 3, /* The same, and then it is no node any more. */
    OPERATOR_REBALANCE = 4,
};

enum operator_state {
    OPERATOR_WAITING = 1,
    OPERATOR_RUNNING = 2,
    OPERATOR_DONE = 3,
    OPERATOR_REFUSED = 4,
};

struct operator_request {
    uint64_t id; /* Given by who asks: later ones are greater. */
    enum operator_verb verb;
    enum operator_state state;
    uint32_t node;
    uint32_t partition;
    uint64_t left;  /* Partitions that are still to be changed, ... */
    uint64_t total; /* ... of so many at most. */
    char text[OPERATOR_TEXT_BYTES_MAX + 1]; /* Why it waits or was refused. */
};

bool operator_request_is_ended(const struct operator_request *request);

DALV_MUST_CHECK enum dalv_status operator_request_encode(
    const struct operator_request *request, struct writer *writer);
/* DALV_PROTOCOL if malformed, DALV_UNSUPPORTED for a newer format. */
DALV_MUST_CHECK enum dalv_status operator_request_decode(
    struct bytes bytes, struct operator_request *out_request);

#endif
