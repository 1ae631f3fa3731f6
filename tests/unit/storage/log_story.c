#include "tests/unit/storage/log_story.h"

#include "storage/segment.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

enum dalv_status log_story_reopen(struct log_story *story)
{
    commit_log_close(&story->log);
    return commit_log_open(&story->options, &story->report, &story->log);
}

void log_story_begin(struct log_story *story)
{
    memset(story, 0, sizeof(*story));
    story->disk = memory_files_create(1);
    log_writer_init(&story->writer);
    story->options = (struct commit_log_options){
        .files = memory_files_seam(story->disk),
        .folder = "log",
        .partition_count = LOG_STORY_PARTITIONS,
        .segment_bytes = LOG_STORY_SEGMENT,
        .log_id = 42,
        .is_created = true,
    };
    CU_ASSERT_EQUAL_FATAL(log_story_reopen(story), DALV_OK);
    story->options.is_created = false;
}

void log_story_end(struct log_story *story)
{
    commit_log_close(&story->log);
    log_writer_deinit(&story->writer);
    memory_files_destroy(&story->disk);
}

const char *log_story_text(size_t size)
{
    static char text[LOG_STORY_SEGMENT + 1];

    memset(text, 'x', size);
    text[size] = '\0';
    return text;
}

enum dalv_status log_story_append(struct log_story *story, uint32_t partition,
                                  uint64_t epoch, const char *payload)
{
    log_writer_begin(&story->writer, story->log);
    log_writer_put(&story->writer, partition, epoch, bytes_from_text(payload));
    return log_writer_append(&story->writer);
}

enum dalv_status log_story_append_synced(struct log_story *story,
                                         uint32_t partition, uint64_t epoch,
                                         const char *payload)
{
    enum dalv_status status =
        log_story_append(story, partition, epoch, payload);

    return status == DALV_OK ? commit_log_sync(story->log) : status;
}

enum dalv_status log_story_note(struct log_story *story, enum record_type type,
                                uint32_t partition, uint64_t epoch,
                                struct bytes payload)
{
    log_writer_begin(&story->writer, story->log);
    log_writer_note(&story->writer, type, partition, epoch, payload);
    return log_writer_append(&story->writer);
}

static enum dalv_status tell(void *owner, const struct record *record)
{
    static const char *const names[] = {
        "", "", "start", "promise", "truncate", "members", "mark", "state",
    };
    struct log_story *story = owner;
    size_t size = strlen(story->told);

    if (record->type == RECORD_DATA)
        (void)snprintf(
            story->told + size, sizeof(story->told) - size, "%u:%u=%.*s ",
            record->partition, (unsigned)record->position.index,
            (int)record->payload.size, (const char *)record->payload.data);
    else
        (void)snprintf(story->told + size, sizeof(story->told) - size, "%s ",
                       names[record->type]);
    return DALV_OK;
}

const char *log_story_replay(struct log_story *story,
                             const struct log_position *from)
{
    story->told[0] = '\0';
    CU_ASSERT_EQUAL(commit_log_replay(story->log, from, tell, story), DALV_OK);
    return story->told;
}

const char *log_story_replay_all(struct log_story *story)
{
    struct log_position from[LOG_STORY_PARTITIONS] = {{0}};

    return log_story_replay(story, from);
}

void log_story_seed(struct log_story *story, uint64_t seed)
{
    memory_files_set_seed(story->disk, seed);
}

enum dalv_status log_story_keep(struct log_story *story, enum record_type type,
                                uint32_t partition, uint64_t epoch,
                                struct log_position kept)
{
    uint8_t memory[RECORD_KEPT_BYTES];
    struct writer writer;

    writer_init(&writer, memory, sizeof(memory));
    record_kept_encode(kept, &writer);
    return log_story_note(story, type, partition, epoch, writer_bytes(&writer));
}

void log_story_flip(struct log_story *story, uint32_t segment, size_t offset,
                    unsigned bit)
{
    char name[SEGMENT_NAME_BYTES];
    char path[SEGMENT_PATH_BYTES];
    uint8_t *content;
    size_t size = 0;

    segment_name(segment, false, name);
    CU_ASSERT_EQUAL(segment_path("log", name, path), DALV_OK);
    content = memory_files_content(story->disk, path, &size);
    CU_ASSERT_FATAL(content != NULL && offset < size);
    content[offset] ^= (uint8_t)(1u << bit);
    memory_files_settle(story->disk, path);
}
