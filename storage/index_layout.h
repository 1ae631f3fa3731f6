/*
 * The keys of the index: which table, whose, in which order.
 *
 * docs/STORAGE_FORMAT.md, "Index", specifies every byte. All numbers in keys
 * are big endian, so that the map's order is that of the numbers.
 */
#ifndef DALV_STORAGE_INDEX_LAYOUT_H
#define DALV_STORAGE_INDEX_LAYOUT_H

#include "base/bounds.h"
#include "base/bytes.h"
#include "model/dot.h"
#include "model/transaction.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum index_table {
    /* The map's own, under INDEX_PARTITION_NONE. */
    INDEX_TABLE_FORMAT = 0x00,
    /* There too, with a partition in place of the generation. */
    INDEX_TABLE_GENERATIONS = 0x0F,
    /* A partition's. */
    INDEX_TABLE_APPLIED = 0x01,
    INDEX_TABLE_CHANGED = 0x02,
    INDEX_TABLE_EXPIRY = 0x03,
    INDEX_TABLE_REQUEST_AGE = 0x04,
    INDEX_TABLE_LIST_ENDED = 0x05,
    INDEX_TABLE_HISTORY_ENDED = 0x06,
    INDEX_TABLE_ERASED = 0x07,
    INDEX_TABLE_UPLOAD_AGE = 0x08,
    INDEX_TABLE_USER = 0x10,
    /* A user's, under a history of it. */
    INDEX_TABLE_DEVICE = 0x11,
    INDEX_TABLE_INSTALL = 0x12,
    INDEX_TABLE_OUTCOME = 0x13,
    INDEX_TABLE_REQUEST = 0x14,
    INDEX_TABLE_KEY = 0x15,
    INDEX_TABLE_ELEMENT = 0x16,
    INDEX_TABLE_FEED = 0x17,
    INDEX_TABLE_CONFLICT = 0x18,
    INDEX_TABLE_UPLOAD = 0x19,
};

enum {
    INDEX_PARTITION_NONE = 0xFFFF,
    INDEX_PARTITION_BYTES = 2, /* That each key begins with. */
    INDEX_DOT_BYTES = 20,
    /* Every byte of a key escaped, and the two that end it. */
    INDEX_ESCAPED_MAX = 2 * BOUNDS_KEY_MAX + 2,
    /* The longest is an element in the feed. */
    INDEX_KEY_BYTES_MAX = 2 + 4 + 1 + 1 + BOUNDS_USER_ID_MAX + 8 + 8 +
                          INDEX_ESCAPED_MAX + INDEX_DOT_BYTES + 8,
};

/* Whose entries; `user` and `history_id` for a user's tables only. */
struct index_place {
    uint16_t partition;
    uint32_t local_generation;
    struct bytes user;
    uint64_t history_id;
};

/* A key while it is built; not to be copied, the writer points inside. */
struct index_key {
    struct writer writer;
    uint8_t memory[INDEX_KEY_BYTES_MAX];
};

/* How all keys of a partition's generation begin. */
void index_key_start_generation(struct index_key *key,
                                const struct index_place *place);
/* How a key of a table begins, for the partition ... */
void index_key_start(struct index_key *key, const struct index_place *place,
                     enum index_table table);
/* ... for the user ... */
void index_key_start_user(struct index_key *key,
                          const struct index_place *place);
/* ... and for a table of the history. */
void index_key_start_history(struct index_key *key,
                             const struct index_place *place,
                             enum index_table table);
/* User and history behind what the key begins with. */
void index_key_put_owner(struct index_key *key,
                         const struct index_place *place);
/* A user's key so that others may follow: its order is kept. */
void index_key_put_escaped(struct index_key *key, struct bytes escaped);
void index_key_put_dot(struct index_key *key, struct dot dot);
/* What was built; borrowed from `key`. */
struct bytes index_key_bytes(const struct index_key *key);

/* Whole keys, for those whose parts depend on a table. */
void index_key_expiry(struct index_key *key, const struct index_place *place,
                      uint64_t expiry_us, struct bytes user_key);
void index_key_request_age(struct index_key *key,
                           const struct index_place *place, uint64_t time_us,
                           const struct request_id *id);
void index_key_install(struct index_key *key, const struct index_place *place,
                       const struct install_id *install);
void index_key_request(struct index_key *key, const struct index_place *place,
                       const struct request_id *id);
void index_key_register(struct index_key *key, const struct index_place *place,
                        struct bytes user_key);
/* What all elements of a list begin with. */
void index_key_list(struct index_key *key, const struct index_place *place,
                    struct bytes user_key, uint64_t generation);
void index_key_upload(struct index_key *key, const struct index_place *place,
                      struct bytes user_key, uint64_t upload);
void index_key_upload_age(struct index_key *key,
                          const struct index_place *place, uint64_t began_us,
                          struct bytes user_key, uint64_t upload);
void index_key_feed(struct index_key *key, const struct index_place *place,
                    uint64_t revision, struct bytes user_key);
void index_key_feed_element(struct index_key *key,
                            const struct index_place *place, uint64_t revision,
                            struct bytes user_key, struct dot dot);

/* A user's key out of its escaped form. */
struct index_unescaped {
    size_t size;
    uint8_t memory[BOUNDS_KEY_MAX];
};

/* A copy of `key`, borrowed from `memory`; overlapping it is fine. */
struct bytes index_unescaped_keep(struct index_unescaped *memory,
                                  struct bytes key);

/* Reads what index_key_put_escaped wrote; fails the reader if it cannot be. */
struct bytes index_read_escaped(struct reader *reader,
                                struct index_unescaped *memory);
struct dot index_read_dot(struct reader *reader);
/* The user and history that index_key_put_owner wrote, borrowed. */
void index_read_owner(struct reader *reader, struct bytes *out_user,
                      uint64_t *out_history_id);

/* An entry of the feed, of what stands behind the history in its key. */
struct index_feed_entry {
    uint64_t revision;
    struct bytes key; /* In `memory`. */
    bool has_dot;
    struct dot dot;
    uint64_t generation;
    struct index_unescaped memory;
};

/* False if the bytes cannot be an entry's. */
bool index_feed_entry_read(struct bytes rest, struct index_feed_entry *out);

#endif
