/*
 * What is under one key, with its elements if it is a list: memory of its own.
 */
#ifndef DALV_CLIENT_KEY_VALUE_H
#define DALV_CLIENT_KEY_VALUE_H

#include "base/bytes.h"
#include "base/status.h"
#include "model/key_state.h"

#include <stdbool.h>
#include <stddef.h>

/* The added revision of an element that the cluster has not settled. */
#define KEY_VALUE_PENDING UINT64_MAX

struct key_value_block;

struct key_value {
    struct key_state state; /* Zeros: absent. */
    struct element_state *elements;
    size_t element_count;
    size_t element_capacity;
    bool is_pending; /* Work that is not settled went into it. */
    struct key_value_block *blocks;
};

void key_value_init(struct key_value *value);
void key_value_deinit(struct key_value *value);
/* Absent again. */
void key_value_clear(struct key_value *value);

/* Copies of it in the value's memory. DALV_NO_MEMORY. */
DALV_MUST_CHECK enum dalv_status key_value_keep(struct key_value *value,
                                                struct bytes bytes,
                                                struct bytes *out_kept);
DALV_MUST_CHECK enum dalv_status
key_value_set_state(struct key_value *value, const struct key_state *state);
/* Behind all others. */
DALV_MUST_CHECK enum dalv_status
key_value_add_element(struct key_value *value,
                      const struct element_state *element);

/* True if there was one. */
bool key_value_remove_element(struct key_value *value, struct dot dot);

/* By (added revision, position): the order in which they are shown. */
void key_value_sort(struct key_value *value);

#endif
