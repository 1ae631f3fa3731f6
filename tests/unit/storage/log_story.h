/*
 * A log of four partitions on a disk in memory, told in a few words: for tests
 * of opening, damage and retention.
 */
#ifndef DALV_TESTS_UNIT_STORAGE_LOG_STORY_H
#define DALV_TESTS_UNIT_STORAGE_LOG_STORY_H

#include "storage/commit_log.h"
#include "tests/support/log_writer.h"
#include "tests/support/memory_files.h"

#include <stddef.h>
#include <stdint.h>

enum {
    LOG_STORY_PARTITIONS = 4,
    LOG_STORY_SEGMENT = 64 * 1024,
};

struct log_story {
    struct memory_files *disk;
    struct commit_log_options options;
    struct log_report report; /* Of the last opening. */
    struct commit_log *log;
    struct log_writer writer;
    char told[4096];
};

/* Make the disk and a new log on it. */
void log_story_begin(struct log_story *story);
void log_story_end(struct log_story *story);
/* What the disk does from now on depends on this seed. */
void log_story_seed(struct log_story *story, uint64_t seed);
/* Close it, if it is open, and open it again. */
enum dalv_status log_story_reopen(struct log_story *story);

enum dalv_status log_story_append(struct log_story *story, uint32_t partition,
                                  uint64_t epoch, const char *payload);
enum dalv_status log_story_append_synced(struct log_story *story,
                                         uint32_t partition, uint64_t epoch,
                                         const char *payload);
enum dalv_status log_story_note(struct log_story *story, enum record_type type,
                                uint32_t partition, uint64_t epoch,
                                struct bytes payload);
/* TRUNCATE or MARK with this position as the last one. */
enum dalv_status log_story_keep(struct log_story *story, enum record_type type,
                                uint32_t partition, uint64_t epoch,
                                struct log_position kept);

/*
 * What a replay says: "partition:index=payload" for each entry, the names of
 * local records, a space behind each. Borrowed until the next call.
 */
const char *log_story_replay(struct log_story *story,
                             const struct log_position *from);
const char *log_story_replay_all(struct log_story *story);

/* A text of so many letters, up to a segment; borrowed until the next call. */
const char *log_story_text(size_t size);

/* Flip one bit of a segment's file, for good. */
void log_story_flip(struct log_story *story, uint32_t segment, size_t offset,
                    unsigned bit);

#endif
