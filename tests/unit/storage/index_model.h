/*
 * What a user's data ought to be, kept as plainly as can be: arrays, searched
 * from end to end. It shares no code with the index.
 *
 * A model is plain memory: to go back to an earlier state, copy it first.
 */
#ifndef DALV_TESTS_UNIT_STORAGE_INDEX_MODEL_H
#define DALV_TESTS_UNIT_STORAGE_INDEX_MODEL_H

#include "base/prng.h"
#include "base/text.h"
#include "model/effect.h"
#include "model/key_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MODEL_KEYS = 7,
    MODEL_ELEMENTS_MAX = 64,
    MODEL_VALUE_MAX = 24,
};

struct model_key {
    bool is_known; /* There, or a tombstone. */
    enum key_kind kind;
    uint64_t revision;
    uint64_t reset_revision;
    uint64_t expiry_us;
    uint64_t generation;
    uint64_t generation_last; /* Of the last list under this key. */
    int64_t number;
    char value[MODEL_VALUE_MAX + 1];
};

struct model_element {
    bool is_known;
    size_t key;
    uint64_t generation;
    uint64_t local_id;
    uint64_t added_revision;
    uint64_t revision;
    bool is_removed;
    char value[MODEL_VALUE_MAX + 1];
};

struct index_model {
    uint64_t revision;
    uint64_t log_index;
    uint64_t local_id_last;
    struct model_key keys[MODEL_KEYS];
    struct model_element elements[MODEL_ELEMENTS_MAX];
};

/* Key `i`; they are in order, and some begin alike or hold zeros. */
struct bytes model_key_name(size_t i);

/*
 * Change the model at random by one step, and give the effect with its true
 * trail; its value is in the model. False if this step has none.
 */
bool model_step(struct index_model *model, struct prng *prng,
                struct effect *out_effect);

/* A tombstone that goes; false if there is none. */
bool model_drop(struct index_model *model, struct effect *out_effect);

/* What the feed behind a revision ought to tell, as story_page words it. */
void model_tell_feed(const struct index_model *model, uint64_t after_revision,
                     struct text *text);

/* What the range over everything ought to tell. */
void model_tell_range(const struct index_model *model, struct text *text);

/* How many values are due at or before `now_us`. */
size_t model_due_count(const struct index_model *model, uint64_t now_us);

#endif
