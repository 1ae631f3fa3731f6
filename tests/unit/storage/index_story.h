/*
 * Stories about the index: records go in as effects, what can be read comes
 * out as text.
 *
 * The user is "anna" in partition 3, her history is 7; records are numbered as
 * they come, and a record's time is 1000 times its number. What the story
 * tells borrows from it until its next question.
 */
#ifndef DALV_TESTS_UNIT_STORAGE_INDEX_STORY_H
#define DALV_TESTS_UNIT_STORAGE_INDEX_STORY_H

#include "base/arena.h"
#include "base/text.h"
#include "model/effect.h"
#include "storage/index.h"
#include "tests/support/memory_kv.h"

#include <stddef.h>
#include <stdint.h>

enum {
    STORY_PARTITION = 3,
    STORY_HISTORY = 7,
    STORY_PARTITIONS = 8,
    STORY_TEXT_BYTES = 16 * 1024,
    STORY_PAGE_BYTES = 1 << 20,
};

struct index_story {
    struct memory_store *store;
    struct kv *kv;
    struct index *index;
    uint64_t log_index; /* Of the last record. */
    const char *user;
    uint64_t history_id;
    uint64_t writer;
    struct arena arena;
    struct text text;
    char text_memory[STORY_TEXT_BYTES];
    uint8_t page[STORY_PAGE_BYTES];
};

struct index_story *story_begin(void);
void story_end(struct index_story **story_p);

/* Close, crash down to `kept_count` batches, and open again. */
void story_crash(struct index_story *story, size_t kept_count);

/* Apply one record and commit; `revision` 0 for none. */
void story_apply(struct index_story *story, uint64_t revision,
                 const struct effect *effects, size_t effect_count);

#define STORY_APPLY(story, revision, ...)                                      \
    story_apply((story), (revision), (const struct effect[]){__VA_ARGS__},     \
                sizeof((const struct effect[]){__VA_ARGS__}) /                 \
                    sizeof(struct effect))

struct index_scope story_scope(const struct index_story *story);

/*
 * Effects. What each replaces, its revision in the feed, is told by hand; 0
 * for nothing. A list is named by the revision that made it, which is also its
 * generation; elements are device 1's, named by their local id, and count as
 * added with the list.
 */
struct effect story_put(const char *key, const char *value, uint64_t replaced);
struct effect story_remove(const char *key, uint64_t replaced);
struct effect story_add(const char *key, uint64_t local_id, const char *value,
                        uint64_t made_at);
struct effect story_take_out(const char *key, uint64_t local_id,
                             uint64_t made_at, uint64_t replaced);

/* The user's record, with the index of the one before. */
struct effect story_user(uint64_t revision, uint64_t log_index_before);

/* "key=value@revision", "key=[]@...", "key=#number@...", "key=nothing". */
const char *story_key(struct index_story *story, const char *key);

/* The changes of a page: "a=1@1 l=[]@2 l.1.4.0=x@3 b=-@4". */
const char *story_page(struct index_story *story,
                       const struct index_page *page);

/* The feed behind a revision on one page: changes, then " whole@revision". */
const char *story_feed(struct index_story *story, uint64_t after_revision);

/* A page of at most `size` bytes behind a place, which moves on. */
const char *story_feed_page(struct index_story *story, size_t size,
                            struct feed_position *position_p);

/* All live keys with elements on one page. */
const char *story_range(struct index_story *story);

#endif
