/*
 * A piece of upkeep for one user: what is due, or what nobody needs any more.
 *
 * Patrols find chores, turns do them, one kind at a time and never together
 * with requests, as ordinary logged records.
 */
#ifndef DALV_NODE_CHORE_H
#define DALV_NODE_CHORE_H

#include "base/allocator.h"
#include "base/bounds.h"
#include "base/bytes.h"
#include "base/list.h"
#include "model/user_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chore_type {
    CHORE_EXPIRY = 1, /* The value under `key` is due. */
    CHORE_TOMBSTONES, /* The floor may move to `floor`. */
    CHORE_LIST,       /* Elements of an ended list: `key`, `generation`. */
    CHORE_HISTORY,    /* What is left of an erased history: `history_id`. */
    CHORE_REQUESTS,   /* A request id that is too old: `request`. */
    CHORE_UPLOAD,     /* An upload that is too old: `key`, `generation`. */
    CHORE_CONFLICTS,  /* The conflict log may be too old, or too long. */
};

enum {
    CHORE_RESUME_BYTES_MAX = BOUNDS_KEY_MAX + 64
};

/* What a chore is; bytes are borrowed. */
struct chore_wish {
    enum chore_type type;
    uint32_t partition;
    struct bytes user;
    struct bytes key;
    uint64_t history_id;
    uint64_t generation;
    uint64_t floor;
    struct request_state request;
};

struct chore {
    struct list_link link;
    struct chore_wish wish; /* Its bytes are the chore's own. */
    size_t resume_size;     /* Where its next piece begins; 0: the start. */
    uint8_t resume[CHORE_RESUME_BYTES_MAX];
    size_t size;
    uint8_t bytes[];
};

/* NULL without memory. */
struct chore *chore_create(struct allocator *allocator,
                           const struct chore_wish *wish);
void chore_destroy(struct chore **chore_p, struct allocator *allocator);

#endif
