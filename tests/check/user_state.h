/*
 * What a user's data is after some of his deeds, one after the other, and the
 * way back.
 */
#ifndef DALV_TESTS_CHECK_USER_STATE_H
#define DALV_TESTS_CHECK_USER_STATE_H

#include "tests/check/deeds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_content {
    enum history_found found;
    uint32_t value;
    int64_t number;
    uint64_t revision; /* That changed it last; 0: none. */
};

struct key_change {
    uint32_t key;
    struct key_content before;
};

struct user_state {
    uint64_t revision;          /* How many updates took effect. */
    uint64_t hash;              /* Of the content of all keys. */
    struct key_content *keys;   /* Owned; by the numbers of the history. */
    struct key_change *changes; /* Owned: all that were made, to undo them. */
    size_t change_count;
    size_t change_capacity;
};

void user_state_init(struct user_state *state, const struct history *history);
void user_state_deinit(struct user_state *state);

/* True if a get would be answered as it was. */
bool user_state_explains(const struct user_state *state,
                         const struct history_call *get);
/*
 * Let an update take the next revision. False, and nothing happened, if it
 * would not have been answered as it was.
 */
bool user_state_apply(struct user_state *state, const struct history *history,
                      const struct history_call *update);
/* Take the last update back, as many changes as there were then. */
void user_state_undo(struct user_state *state, size_t change_count);

#endif
