/*
 * One history of one user, as a plain record of what was true when: each key
 * with all its versions, each list element with its life. Nothing is ever
 * forgotten, so that any later claim about any moment can be judged.
 */
#ifndef DALV_TESTS_SIM_CHRONICLE_H
#define DALV_TESTS_SIM_CHRONICLE_H

#include "model/effect.h"
#include "model/key_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHRONICLE_KEY_MAX = 32,
    CHRONICLE_VALUE_MAX = 48,
    CHRONICLE_KEYS_MAX = 64,
    CHRONICLE_ORIGINS_MAX = 8,
    CHRONICLE_DEVICES_MAX = 256,
};

struct chronicle_version {
    uint64_t revision;
    enum key_kind kind;
    int64_t number;
    uint64_t expiry_us;
    uint64_t writer;
    size_t value_size;
    uint8_t value[CHRONICLE_VALUE_MAX];
};

struct chronicle_element {
    struct dot dot;
    uint64_t added;
    uint64_t removed; /* UINT64_MAX: it is there. */
    size_t value_size;
    uint8_t value[CHRONICLE_VALUE_MAX];
};

struct chronicle_key {
    size_t key_size;
    uint8_t key[CHRONICLE_KEY_MAX];
    struct chronicle_version *versions;
    size_t version_count;
    size_t version_capacity;
    struct chronicle_element *elements; /* In the order to show. */
    size_t element_count;
    size_t element_capacity;
    uint32_t deeds[CHRONICLE_ORIGINS_MAX]; /* The last of each device. */
};

struct chronicle {
    uint64_t history_id;
    uint64_t revision; /* The last one. */
    bool is_erased;
    /* Since when somebody knows that; UINT64_MAX: nobody. */
    uint64_t erasure_told_us;
    bool is_retired[CHRONICLE_DEVICES_MAX];  /* By device id; ... */
    bool was_retired[CHRONICLE_DEVICES_MAX]; /* ... or once was. */
    struct chronicle_key keys[CHRONICLE_KEYS_MAX];
    size_t key_count;
};

struct chronicle *chronicle_create(uint64_t history_id);
void chronicle_destroy(struct chronicle **chronicle_p);

/*
 * Take what a record says, whose revision is the next one or 0. NULL, or what
 * is wrong with it.
 */
const char *chronicle_take(struct chronicle *chronicle,
                           const struct user_record *record);

/* NULL if it was never there. */
struct chronicle_key *chronicle_key(struct chronicle *chronicle,
                                    struct bytes key);
struct bytes chronicle_key_bytes(const struct chronicle_key *key);

/* What was under the key at a revision; absent before its first version. */
const struct chronicle_version *chronicle_at(const struct chronicle_key *key,
                                             uint64_t revision);
struct bytes chronicle_value(const struct chronicle_version *version);

/* True if the element was in its list at a revision. */
bool chronicle_has(const struct chronicle_element *element, uint64_t revision);

/* What somebody says that he saw under a key. */
struct chronicle_claim {
    struct bytes key;
    const struct key_state *state;
    const struct element_state *elements; /* In the order to show. */
    size_t element_count;
};

/* NULL if that was so at the revision, or what was not. */
const char *chronicle_judge(struct chronicle *chronicle, uint64_t revision,
                            const struct chronicle_claim *claim);

/* Keys that were there at a revision. */
size_t chronicle_key_count(const struct chronicle *chronicle,
                           uint64_t revision);

#endif
