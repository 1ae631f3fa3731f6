/*
 * The values of the index, in bytes. docs/STORAGE_FORMAT.md, "Index",
 * specifies them.
 *
 * Reading gives false if the bytes cannot have been written here; what it
 * gives borrows from the value.
 */
#ifndef DALV_STORAGE_INDEX_VALUE_H
#define DALV_STORAGE_INDEX_VALUE_H

#include "base/bounds.h"
#include "base/bytes.h"
#include "model/key_state.h"
#include "model/log_position.h"
#include "model/upload.h"
#include "model/user_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* The longest value but for what stands behind its head. */
    INDEX_VALUE_HEAD_MAX = 192 + BOUNDS_KEY_MAX,
};

/* An element, and who changed it last. */
struct index_element {
    struct element_state state;
    uint64_t writer;
    uint64_t time_us;
};

/* What stands beside a place in the feed. */
struct index_feed_value {
    uint64_t change_bytes; /* About what the change takes in a page. */
    uint64_t log_index;    /* Of the record that made it. */
};

/* Up to where a partition is applied. */
struct index_applied_value {
    struct log_position position;
    uint64_t time_us; /* The newest of all records up to there. */
};

void index_value_put_applied(struct writer *writer,
                             const struct index_applied_value *applied);
bool index_value_read_applied(struct bytes value,
                              struct index_applied_value *out);

/* Beside a log index in `changed`: the record's place, and whose it is. */
struct index_changed_value {
    uint64_t epoch;
    uint32_t crc;     /* Of the last record of a commit only, else 0. */
    uint64_t time_us; /* The newest of all records up to there. */
    struct bytes user;
};

/* The user goes behind it. */
void index_value_put_changed(struct writer *writer,
                             const struct index_changed_value *changed);
bool index_value_read_changed(struct bytes value,
                              struct index_changed_value *out);

void index_value_put_user(struct writer *writer,
                          const struct user_state *state);
bool index_value_read_user(struct bytes value, struct user_state *out);

void index_value_put_device(struct writer *writer,
                            const struct device_state *state);
bool index_value_read_device(struct bytes value, struct device_state *out);

void index_value_put_outcome(struct writer *writer,
                             const struct outcome *outcome);
bool index_value_read_outcome(struct bytes value, struct outcome *out);

/* The head of a request's value; its numbers are to stand behind it. */
void index_value_put_request(struct writer *writer,
                             const struct request_state *state);
/* All but the id, which stands in the key; numbers are borrowed. */
bool index_value_read_request(struct bytes value, struct request_state *out);

/* The head of a key's value; a register's own value is to stand behind it. */
void index_value_put_key(struct writer *writer, const struct key_state *state);
bool index_value_read_key(struct bytes value, struct key_state *out);

void index_value_put_upload(struct writer *writer,
                            const struct upload_state *state);
/* All but its number, which stands in the key. */
bool index_value_read_upload(struct bytes value, struct upload_state *out);

/* The head of an element's value; its own value is to stand behind it. */
void index_value_put_element(struct writer *writer,
                             const struct index_element *element);
/* All but dot and generation, which stand in the key. */
bool index_value_read_element(struct bytes value, struct index_element *out);

/* The head of a conflict's value; what lost is to stand behind it. */
void index_value_put_conflict(struct writer *writer,
                              const struct conflict_state *state);
/* All but revision and position, which stand in the key. */
bool index_value_read_conflict(struct bytes value, struct conflict_state *out);

/* Of a table of stubs: which record it tells of, and the record's time. */
struct index_stub {
    uint64_t log_index;
    uint64_t time_us;
};

void index_value_put_stub(struct writer *writer, const struct index_stub *stub);
bool index_value_read_stub(struct bytes value, struct index_stub *out);

void index_value_put_feed(struct writer *writer,
                          const struct index_feed_value *feed);
bool index_value_read_feed(struct bytes value, struct index_feed_value *out);

#endif
