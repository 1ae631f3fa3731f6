/*
 * A user's data the naive way: every change ever made is kept, and a verdict
 * looks through all of them.
 *
 * It is written from the design alone and shares nothing with sync/: no memory
 * of keys, no trails, no floors. Where it and the real thing differ, one of
 * the two is wrong.
 */
#ifndef DALV_TESTS_PROPERTY_SYNC_HISTORY_H
#define DALV_TESTS_PROPERTY_SYNC_HISTORY_H

#include "base/status.h"
#include "model/dot.h"
#include "model/key_state.h"
#include "model/operation.h"
#include "model/user_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HISTORY_KEYS = 6,
    HISTORY_OPERATIONS_MAX = 3,
    HISTORY_DOTS_MAX = 2,
    HISTORY_ELEMENTS_MAX = 24,
    HISTORY_CHANGES_MAX = 512,
    HISTORY_DEVICES_MAX = 4,
    HISTORY_PUSHES_MAX = 256,
};

/* Their policies stand in their names, and so does the system's domain. */
extern const char *const history_keys[HISTORY_KEYS];

struct history_operation {
    enum operation_type type;
    size_t key;
    char value; /* One letter. */
    int64_t number;
    uint64_t ttl_ms;
    struct dot dots[HISTORY_DOTS_MAX];
    size_t dot_count;
};

struct history_transaction {
    struct history_operation operations[HISTORY_OPERATIONS_MAX];
    size_t operation_count;
    uint64_t local_id;
    uint64_t base;
    uint64_t after;
};

struct history_element {
    struct dot dot;
    char value;
    uint64_t added;
};

struct history_value {
    enum key_kind kind;
    char value;
    uint64_t expiry_us;
    int64_t number;
    uint64_t made; /* A list: when. */
    struct history_element elements[HISTORY_ELEMENTS_MAX];
    size_t element_count;
};

struct history_change {
    uint64_t revision;
    uint64_t writer;
    size_t key;
    bool is_reset; /* By PUT, DEL, expiry, or another kind. */
};

struct history_outcome {
    bool is_settled;
    enum outcome_result result;
    enum dalv_status status;
    uint64_t waits_for;
    bool is_changing; /* It took a revision. */
};

struct history {
    uint64_t revision;
    struct history_value values[HISTORY_KEYS];
    struct history_change changes[HISTORY_CHANGES_MAX];
    size_t change_count;
    struct history_outcome outcomes[HISTORY_DEVICES_MAX + 1]
                                   [HISTORY_PUSHES_MAX];
    uint64_t settled[HISTORY_DEVICES_MAX + 1];
};

void history_init(struct history *history);

/* Everything due goes, as one transaction of the system. */
void history_expire(struct history *history, uint64_t now_us);

/* What becomes of a transaction by `writer`. */
struct history_outcome history_judge(struct history *history, uint64_t writer,
                                     const struct history_transaction *asked,
                                     uint64_t now_us);

#endif
