/*
 * A copy that is far behind: from the log while that reaches back, else a
 * snapshot and then the log. On a connection of its own, one question at a
 * time, each asked again until it is answered: it has no terminal state.
 *
 *                  FAR                       REBASE, or SNAPSHOT told
 *     RESTING ------------> LOG_ASKING --------------------+
 *        ^                  |      ^                       v
 *        |  near the end    |      | durable           PAGE_ASKING <---+
 *        +------------------+   LOG_TAKING                 |           |
 *        |                                         page    v           | stored
 *        |                                            PAGE_STORING ----+
 *        |                                                 | the last one
 *        |  durable: the log begins behind S0              v
 *        +--------------------------------------------- MARKING
 *
 * Invariants
 *
 * 1. A page is taken only if it goes on where the one before ended, and all
 *    come from one epoch's master: another master, another beginning.
 * 2. `from` is S0, where the first page was read: no later one was read before
 *    it, and the log is taken from there. What a page holds beyond S0 is
 *    written again when the log is applied; applying is a pure function of the
 *    record, so that is harmless once `reached_index` is applied, and only then
 *    the copy is whole.
 * 3. Nothing of the old state is given up before the last page is stored.
 */
#ifndef DALV_REPLICATION_CATCH_UP_H
#define DALV_REPLICATION_CATCH_UP_H

#include "base/bytes.h"
#include "model/log_position.h"

#include <stdbool.h>
#include <stdint.h>

enum catch_up_state {
    CATCH_UP_RESTING = 0,
    CATCH_UP_LOG_ASKING,
    CATCH_UP_LOG_TAKING,
    CATCH_UP_PAGE_ASKING,
    CATCH_UP_PAGE_STORING,
    CATCH_UP_MARKING,
};

enum {
    CATCH_UP_NEAR_ENTRIES = 64,  /* From here on the stream goes on. */
    CATCH_UP_FAR_ENTRIES = 1024, /* From here on the stream does not. */
    CATCH_UP_BYTES = 256 << 10,  /* One question asks for so much, ... */
    CATCH_UP_AT_ONCE = 4,        /* ... and as many are open. */
    CATCH_UP_RETRY_US = 1000000,
};

struct catch_up {
    enum catch_up_state state;
    uint64_t epoch;    /* Whose master is asked. */
    uint64_t asked_us; /* 0: not asked yet. */
    uint32_t request;  /* Of what was asked last. */
    bool is_last;      /* The page that is stored is the last one. */
    bool has_begun;    /* A page was taken: `from` is S0. */
    struct log_position from;
    uint64_t reached_index; /* The newest index that a page was read at. */
    uint64_t taking_index;  /* LOG_TAKING: durable up to here is done. */
    uint8_t *resume;        /* Owned by the replicator. */
    uint32_t resume_size;
};

/* Whether a stream to a copy that ends there is given up for catching up. */
bool catch_up_is_far(uint64_t end_index, uint64_t master_index);
/* Whether catching up is over. */
bool catch_up_is_near(uint64_t end_index, uint64_t master_index);

/* Begin, of the epoch's master, whatever was before: from the log, or anew. */
void catch_up_begin(struct catch_up *catch_up, uint64_t epoch,
                    bool is_snapshot);

/* True if a question is to be asked now. */
bool catch_up_is_due(const struct catch_up *catch_up, uint64_t now_us);

/* A page was read there: gives whether it continues what there is. */
bool catch_up_take_page(struct catch_up *catch_up, struct log_position read_at);

#endif
