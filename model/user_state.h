/*
 * What the server remembers of a user beside the keys: the user's record, the
 * table of devices, outcomes that a device has not confirmed, and request ids.
 */
#ifndef DALV_MODEL_USER_STATE_H
#define DALV_MODEL_USER_STATE_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/transaction.h"

#include <stdbool.h>
#include <stdint.h>

struct user_state {
    uint64_t history_id;        /* 0 if nothing was ever written. */
    uint64_t revision;          /* The last one taken. */
    uint64_t floor;             /* Tombstones at or below it are gone. */
    uint64_t common_history_id; /* The history before a restore, or 0. */
    uint64_t common;            /* Up to where that history agrees with ours. */
    uint64_t erased_history_id; /* The history that ERASE ended, or 0. */
    uint64_t live_count;        /* Keys and list elements that are there. */
    uint64_t tombstone_count;   /* Keys and elements that are not. */
    uint64_t tombstone_oldest_us; /* When the oldest was made; 0 if none. */
    uint64_t live_bytes;          /* Keys and values that are there. */
    uint64_t conflict_bytes;      /* Keys and values in the conflict log. */
    uint64_t device_last;         /* The highest device id given. */
    uint64_t device_count;        /* Devices that are not retired. */
    /*
     * After a restore: what makes another history of it to the outside, while
     * everything stays where it is; 0 if there was none.
     */
    uint64_t restored;
    /*
     * Where the user stands in its partition's feed: the log index of the
     * record that holds this state. In an EFFECT_USER, which is made before
     * its record has an index, that of the user's EFFECT_USER before it; 0 if
     * there is none. So whoever gives a record its index writes it here, into
     * the state that the next one is decided on.
     */
    uint64_t log_index;
};

/*
 * The history id as everybody outside knows it: cursors hold it, as do
 * `common_history_id` and what is told. `history_id` names where the user's
 * entries are kept. 0 if nothing was ever written.
 */
uint64_t user_state_history(const struct user_state *state);

/*
 * The user's data was put back as it was at some time: from now on it is
 * another history, which agrees with the one of before up to here. `mark` is
 * random, not 0, and never the same for two restores.
 */
void user_state_restore(struct user_state *state, uint64_t mark);

struct device_state {
    uint64_t device; /* 1, 2, 3, ... within the user. */
    struct install_id install;
    bool is_retired;        /* A stub: the rest is kept, nothing taken. */
    uint64_t push_settled;  /* Highest push number judged; 0 if none. */
    uint64_t revision_last; /* The last that one of its pushes took. */
    uint64_t chain;         /* Hash over all pushes up to it. */
    uint64_t confirmed;     /* Outcomes up to it are held by the device. */
    uint64_t seen_us;       /* Last push, by the master's clock. */
};

enum outcome_result {
    OUTCOME_APPLIED = 1,
    OUTCOME_MERGED = 2, /* Applied but for operations that lost. */
    OUTCOME_REFUSED = 3,
};

/* How one push number was settled. */
struct outcome {
    uint64_t push_number;
    enum outcome_result result;
    enum dalv_status status; /* REFUSED: why; DALV_OK otherwise. */
    uint64_t revision;       /* APPLIED, MERGED: the revision that it took. */
    uint64_t waits_for;      /* REFUSED by DALV_WAITS: the push number. */
    uint32_t operation;      /* REFUSED: the first operation at fault. */
};

/* How a backend's request ended, kept so that a retry gives the same. */
struct request_state {
    struct request_id id;
    uint64_t body_hash; /* The same id with another body is refused. */
    enum dalv_status status;
    uint64_t revision;
    uint64_t time_us;     /* When; forgotten BOUNDS_REQUEST_MEMORY_H on. */
    struct bytes numbers; /* Results of its INCREMENTs, 8 bytes each. */
};

/* A change that lost, readable until it grows old. */
struct conflict_state {
    uint64_t revision; /* Of the transaction that decided it. */
    uint32_t position; /* Of the operation in it. */
    uint64_t time_us;
    uint64_t loser; /* Whose change it was: a writer. */
    uint64_t winner;
    uint8_t operation_type; /* enum operation_type of what lost. */
    struct bytes key;
    struct bytes value; /* What would have been, or was, there. */
};

#endif
