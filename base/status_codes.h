/*
 * Every outcome of the system: one name, one stable number, one text.
 *
 * The numbers travel on the wire and stand in scripts, so they never change
 * and are never used again. Installed as <dalv/status.h>: C99 and C++.
 */
#ifndef DALV_BASE_STATUS_CODES_H
#define DALV_BASE_STATUS_CODES_H

#define DALV_MUST_CHECK __attribute__((warn_unused_result))

/* X(name, number, text) */
#define DALV_STATUS_LIST(X)                                                    \
    X(DALV_OK, 0, "done")                                                      \
    X(DALV_NOT_FOUND, 1, "not found")                                          \
    X(DALV_INVALID, 2, "invalid argument")                                     \
    X(DALV_TOO_BIG, 3, "beyond a limit")                                       \
    X(DALV_WRONG_KIND, 4, "operation does not fit the kind of the key")        \
    X(DALV_OCCUPIED, 5, "key is occupied")                                     \
    X(DALV_PRECONDITION, 6, "precondition failed")                             \
    X(DALV_CONFLICT, 7, "conflict with a change by another writer")            \
    X(DALV_OVERFLOW, 8, "counter would overflow")                              \
    X(DALV_WAITS, 9, "waits for an unresolved transaction")                    \
    X(DALV_NOT_PERMITTED, 10, "not permitted")                                 \
    X(DALV_QUOTA, 11, "quota exceeded")                                        \
    X(DALV_CLONED, 12, "store was cloned or rolled back")                      \
    X(DALV_ERASED, 13, "user was erased")                                      \
    X(DALV_REBASE, 14, "position is below the floor or of another history")    \
    X(DALV_BUSY, 20, "too busy, not done: try again")                          \
    X(DALV_UNAVAILABLE, 21, "unavailable, not done")                           \
    X(DALV_TIMEOUT, 22, "no answer in time, outcome unknown")                  \
    X(DALV_UNKNOWN, 23, "outcome unknown")                                     \
    X(DALV_UNSUPPORTED, 24, "not supported by this version")                   \
    X(DALV_PROTOCOL, 25, "message is malformed")                               \
    X(DALV_EXPIRED, 26, "token has expired")                                   \
    X(DALV_IO, 30, "input or output failed")                                   \
    X(DALV_NO_SPACE, 31, "no space left")                                      \
    X(DALV_DAMAGED, 32, "data is damaged")                                     \
    X(DALV_NO_MEMORY, 33, "out of memory")                                     \
    X(DALV_LOCKED, 34, "in use by another process")                            \
    X(DALV_CANCELLED, 35, "cancelled by the caller")                           \
    X(DALV_INTERNAL, 70, "internal error")

enum dalv_status {
#define DALV_STATUS_ENUM(name, number, text) name = (number),
    DALV_STATUS_LIST(DALV_STATUS_ENUM)
#undef DALV_STATUS_ENUM
};

#endif
