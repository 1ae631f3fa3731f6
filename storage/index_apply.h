/*
 * What one record does to the index: a pure function of the record.
 *
 * Nothing is read. Each effect carries what it replaces (struct effect_trail,
 * user_state.log_index), so the entries that go are named by the record, and
 * every replica that applies it ends with the same bytes.
 */
#ifndef DALV_STORAGE_INDEX_APPLY_H
#define DALV_STORAGE_INDEX_APPLY_H

#include "base/bytes.h"
#include "model/effect.h"
#include "model/log_position.h"

#include <stdint.h>

/* Takes the entries, in order; what it is lent is borrowed for the call. */
struct index_sink {
    /* The entry's value is `head` and behind it `tail`. */
    void (*put)(void *owner, struct bytes key, struct bytes head,
                struct bytes tail);
    void (*drop)(void *owner, struct bytes key);
    void *owner;
};

/* Where the record stands in the log. */
struct index_origin {
    uint16_t partition;
    uint32_t local_generation;
    struct log_position position;
    uint64_t time_us; /* The newest of all records up to there. */
};

void index_apply_record(const struct user_record *record,
                        const struct index_origin *origin,
                        const struct index_sink *sink);

#endif
