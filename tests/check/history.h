/*
 * What clients asked of a database and what they were told, and when.
 *
 * A call begins and, perhaps, ends. An update changes several keys of one user
 * at once; its request id says which calls are one and the same request,
 * repeated. A get reads one key. Times are of one monotonic clock, in
 * microseconds.
 *
 * Written, a history is one JSON object a line; ids count the calls, from 1,
 * and times may come in any order:
 *
 *     {"id":1,"at":10,"call":"update","user":"ann","request":"a1",
 *      "do":[["put","color","blue"],["add","count",1],["remove","size"]]}
 *     {"id":1,"at":18,"end":"done","revision":1,"number":1}
 *     {"id":2,"at":20,"call":"get","user":"ann","key":"color"}
 *     {"id":2,"at":25,"end":"done","value":"blue","revision":1}
 *
 * An `end` is "done", "refused" (it was not done and never will be) or
 * "unknown". Of a get that is done, `value` is a register's, `number` a
 * counter's, and neither says that the key is absent; `revision` is the one
 * that changed the key last. Of an update it is the one that it took, and
 * `number` what its last "add" came to. Values may be digests: they are only
 * compared.
 */
#ifndef DALV_TESTS_CHECK_HISTORY_H
#define DALV_TESTS_CHECK_HISTORY_H

#include "base/status.h"
#include "tests/check/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    HISTORY_NEVER = 0, /* Of a time: counted from 1. */
};

enum history_verb {
    HISTORY_PUT,
    HISTORY_ADD,
    HISTORY_REMOVE,
};

struct history_operation {
    enum history_verb verb;
    uint32_t key;   /* Of `keys`. */
    uint32_t value; /* PUT: of `values`. */
    int64_t number; /* ADD. */
};

enum history_end {
    HISTORY_OPEN, /* It did not end. */
    HISTORY_DONE,
    HISTORY_REFUSED,
    HISTORY_UNKNOWN,
};

enum history_found {
    HISTORY_ABSENT,
    HISTORY_VALUE,
    HISTORY_NUMBER,
};

struct history_call {
    uint64_t called_us;
    uint64_t ended_us; /* HISTORY_NEVER while it is open. */
    uint32_t user;     /* Of `users`. */
    bool is_get;
    uint32_t request; /* An update's, of `requests`. */
    uint32_t key;     /* Of a get. */
    size_t first;     /* An update's operations, in `operations`. */
    size_t count;
    enum history_end end;
    uint64_t revision;        /* DONE; 0: not told. */
    enum history_found found; /* ABSENT for an update without a number. */
    uint32_t value;
    int64_t number;
};

/* Owns its memory; running out of it ends the program. */
struct history {
    struct vocabulary users;
    struct vocabulary keys;
    struct vocabulary values;
    struct vocabulary requests; /* Of all users: "USER REQUEST". */
    struct history_call *calls; /* In the order of their lines. */
    size_t call_count;
    size_t call_capacity;
    struct history_operation *operations;
    size_t operation_count;
    size_t operation_capacity;
};

/* All zero is an empty one too. */
void history_deinit(struct history *history);

/* A new call, all zero; borrowed until the next one. */
struct history_call *history_add_call(struct history *history);
/* One more operation of the newest call. */
void history_add_operation(struct history *history,
                           const struct history_operation *operation);

/*
 * Read what is written there. DALV_INVALID: it is not as above, and
 * `out_problem` says where; DALV_IO. What was read before is there then.
 */
DALV_MUST_CHECK enum dalv_status history_read(struct history *history,
                                              FILE *file, char *out_problem,
                                              size_t problem_capacity);

#endif
