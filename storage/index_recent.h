/*
 * The records of users that were lately read or written, so that not every
 * question begins with a search of the map for its user. Private to the index.
 *
 * What is collected counts only once it is committed: until then the user's
 * place is held, and gives and takes nothing.
 */
#ifndef DALV_STORAGE_INDEX_RECENT_H
#define DALV_STORAGE_INDEX_RECENT_H

#include "base/bytes.h"
#include "model/user_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    INDEX_RECENT_SLOTS = 1 << 14, /* A power of two. */
    INDEX_RECENT_USER_MAX = 64,   /* Longer ids are not remembered. */
};

struct index_recent_user {
    uint32_t partition;
    bool is_held;      /* Collected, not committed. */
    uint8_t user_size; /* 0: nobody. */
    uint8_t user[INDEX_RECENT_USER_MAX];
    struct user_state state;
};

struct index_recent {
    struct index_recent_user *slots;
    uint32_t *held; /* Slots, each once. */
    size_t held_count;
};

/* Ends the process if there is no memory. */
void index_recent_init(struct index_recent *recent);
void index_recent_deinit(struct index_recent *recent);

/* False if the user is not remembered. */
bool index_recent_get(const struct index_recent *recent, uint32_t partition,
                      struct bytes user, struct user_state *out_state);
/* What the map says; whoever had the user's place is forgotten. */
void index_recent_put(struct index_recent *recent, uint32_t partition,
                      struct bytes user, const struct user_state *state);
/* What the map will say after the commit. */
void index_recent_collect(struct index_recent *recent, uint32_t partition,
                          struct bytes user, const struct user_state *state);
void index_recent_commit(struct index_recent *recent);
/* The map says something else of all users of a partition. */
void index_recent_forget(struct index_recent *recent, uint32_t partition);

#endif
