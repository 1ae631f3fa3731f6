/*
 * What a device or a backend asks for: one operation on one key.
 *
 * Operations are requests; what they become once the master decided is an
 * effect (model/effect.h).
 */
#ifndef DALV_MODEL_OPERATION_H
#define DALV_MODEL_OPERATION_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/dot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum operation_type {
    OPERATION_PUT = 1,              /* Make the key this register. */
    OPERATION_DEL = 2,              /* Make the key absent. */
    OPERATION_ADD_TO_LIST = 3,      /* Append one element. */
    OPERATION_REMOVE_FROM_LIST = 4, /* Remove the elements named by dots. */
    OPERATION_INCREMENT = 5,        /* Add `number` to the counter. */
    OPERATION_ADD = 6,              /* PUT, only if the key is absent. */
    /* For values beyond BOUNDS_VALUE_MAX: */
    OPERATION_UPLOAD = 7,       /* One part of a value that is not yet visible;
                                   alone in its transaction. Without bytes: the
                                   upload is given up. */
    OPERATION_PUT_UPLOADED = 8, /* PUT of what was uploaded. */
};

/* A hundred years: no time of the master plus a life overflows. */
#define OPERATION_TTL_MS_MAX UINT64_C(3155760000000)

struct operation {
    enum operation_type type;
    struct bytes key;
    struct bytes value;     /* PUT, ADD, ADD_TO_LIST, UPLOAD. */
    uint32_t flags;         /* PUT, ADD, PUT_UPLOADED: the client's own, ... */
    uint64_t ttl_ms;        /* ... and life from the master's clock; 0 none. */
    int64_t number;         /* INCREMENT. */
    const struct dot *dots; /* REMOVE_FROM_LIST: what the caller saw. */
    size_t dot_count;
    uint64_t upload;   /* UPLOAD, PUT_UPLOADED: which one of the key's. */
    uint32_t position; /* UPLOAD: of the part, from 0 on. */
    uint64_t bytes;    /* PUT_UPLOADED: what the value has in all, ... */
    uint64_t hash;     /* ... and its upload_hash over all its parts. */
};

/* What must hold for a backend's transaction to be applied. */
enum precondition_type {
    PRECONDITION_ABSENT = 1,   /* The key is absent. */
    PRECONDITION_REVISION = 2, /* The key's last revision is `revision`; 0 is
                                  a key that is absent. */
};

struct precondition {
    enum precondition_type type;
    struct bytes key;
    uint64_t revision;
};

/*
 * Bounds and shape of one operation: key of 1 to BOUNDS_KEY_MAX bytes, value
 * within BOUNDS_VALUE_MAX, life within OPERATION_TTL_MS_MAX, known type, at
 * least one dot and no more than BOUNDS_OPERATION_DOTS_MAX for a removal (in
 * any order, the same one twice too), an upload's number as upload_is_number
 * has it. DALV_INVALID or DALV_TOO_BIG.
 */
DALV_MUST_CHECK enum dalv_status operation_check(
    const struct operation *operation);

/* True if `type` is one of enum operation_type. */
bool operation_type_is_known(unsigned type);

/* The protocol's name, e.g. "ADD_TO_LIST". Static, never NULL. */
const char *operation_type_name(enum operation_type type);

#endif
