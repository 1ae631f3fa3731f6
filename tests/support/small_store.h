/*
 * One user's data as the log tells it, by the simplest means: arrays, searched
 * from the front.
 *
 * It applies effects blindly, as an index does, and fills views. It also knows
 * what every record promises: counters that are exact, trails that name what
 * is there. store_apply says what is wrong with a record. It is a plain value:
 * a copy is a backup.
 */
#ifndef DALV_TESTS_SUPPORT_SMALL_STORE_H
#define DALV_TESTS_SUPPORT_SMALL_STORE_H

#include "model/effect.h"
#include "model/key_state.h"
#include "model/user_state.h"
#include "model/user_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STORE_TEXT_MAX = 24,
    STORE_KEYS_MAX = 12,
    STORE_ELEMENTS_MAX = 96,
    STORE_DEVICES_MAX = 40,
    STORE_OUTCOMES_MAX = 96,
    STORE_REQUESTS_MAX = 64,
    STORE_CONFLICTS_MAX = 96,
    STORE_ENDED_MAX = 48,
};

struct store_text {
    uint8_t bytes[STORE_TEXT_MAX];
    size_t size;
};

struct store_key {
    bool is_used;
    struct store_text key;
    struct store_text value;
    struct key_state state; /* Its value is not set: see `value`. */
};

struct store_element {
    bool is_used;
    size_t key; /* Index of its key's slot. */
    struct store_text value;
    struct element_state state;
};

struct store_outcome {
    bool is_used;
    uint64_t device;
    struct outcome outcome;
};

struct store_request {
    bool is_used;
    struct store_text numbers;
    struct request_state state;
};

struct store_conflict {
    bool is_used;
    struct store_text key;
    struct store_text value;
    struct conflict_state state;
};

/* A list that ended: its key and generation. */
struct store_ended {
    bool is_used;
    size_t key;
    uint64_t generation;
};

struct small_store {
    struct user_state user;
    uint64_t time_us;   /* Of the last record. */
    uint64_t log_index; /* Of the last record. */
    struct store_key keys[STORE_KEYS_MAX];
    struct store_element elements[STORE_ELEMENTS_MAX];
    struct device_state devices[STORE_DEVICES_MAX];
    size_t device_count;
    struct store_outcome outcomes[STORE_OUTCOMES_MAX];
    struct store_request requests[STORE_REQUESTS_MAX];
    struct store_conflict conflicts[STORE_CONFLICTS_MAX];
    struct store_ended ended[STORE_ENDED_MAX];
};

void store_init(struct small_store *store);

/* What is wrong with the record, or NULL if it was applied. */
const char *store_apply(struct small_store *store,
                        const struct user_record *record);

/* What of the user's counters is not so, or NULL: part of store_apply. */
const char *store_check(const struct small_store *store);

/* Fills in what a prepared view asks for; memory is the view's arena. */
void store_fill(const struct small_store *store, struct user_view *view);

/* The slot of a key; NULL if it was never there or dropped. */
const struct store_key *store_key(const struct small_store *store,
                                  const char *key);
struct bytes store_text_bytes(const struct store_text *text);
/* Live elements of the list under `key`. */
size_t store_element_count(const struct small_store *store, const char *key);

#endif
